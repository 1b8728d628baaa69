import type { ListedGeneration } from '@sluice/core/engine';
import { renderTable } from '../output/table.ts';
import { formatCount } from '../output/units.ts';

const head = [
  'index',
  'sink',
  'generation',
  'state',
  'documents',
  'size',
  'seeded',
  'epoch',
  'written by',
  '',
];

/** A line for each generation, with what is remarkable about it at the end. */
export function renderGenerations(generations: readonly ListedGeneration[]): string {
  return renderTable(
    head,
    generations.map((each) => [
      each.index,
      each.sink,
      `${each.number} (${each.hash})`,
      each.state,
      each.size === null ? '?' : formatCount(each.size.documents),
      each.size?.bytes === undefined || each.size.bytes === null ? '?' : formatBytes(each.size.bytes),
      each.seeded ? 'yes' : 'no',
      String(each.epoch),
      each.writer ?? 'nobody',
      remark(each),
    ]),
  );
}

function remark({ reason, scan, state, configured }: ListedGeneration): string {
  if (reason !== null) return reason;
  if (scan !== null && scan.ranges > 0)
    return `${scan.finished} of ${scan.ranges} ranges (about ${formatCount(scan.rows)} rows)`;
  return state === 'promoted' && !configured ? 'not what the configuration says' : '';
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `12.3 MiB` */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
