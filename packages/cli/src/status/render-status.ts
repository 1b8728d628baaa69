import { formatAge, formatByteSize } from '@sluice/core/config';
import type { GenerationStatus } from '@sluice/core/engine';
import type { Palette } from '../output/palette.ts';
import { renderTable } from '../output/table.ts';
import { formatCount } from '../output/units.ts';
import type { ReadStatus } from './read-status.ts';
import type { CaptureStatus } from './run-status.ts';

/** A status for people, a line each. Pure. */
export function renderStatus(status: ReadStatus, palette: Palette): readonly string[] {
  const { source, captures, sinks, indexes, deadLetters } = status;
  const away = sinks.filter(({ reachable }) => !reachable).map(({ name }) => name);
  return [
    source === null ? palette.bad('source: does not answer') : `source: ${source.database} on ${source.host}`,
    ...captures.flatMap((capture) => captureLines(capture, status, palette)),
    ...(away.length === 0 ? [] : [palette.bad(`sinks that do not answer: ${away.join(', ')}`)]),
    ...(deadLetters === null || deadLetters === 0
      ? []
      : [palette.note(`documents put aside: ${formatCount(deadLetters)} (\`sluice dead-letters list\`)`)]),
    ...(indexes.length === 0
      ? [
          away.length === 0
            ? 'no index is on record: none was begun, or no sink keeps a record'
            : 'which indexes are on record is unknown',
        ]
      : ['', ...indexLines(indexes)]),
  ];
}

function captureLines(capture: CaptureStatus, { limits }: ReadStatus, palette: Palette): readonly string[] {
  const { state, level, reason, heldBy } = capture;
  const colour =
    state === 'lost' || level === 'limit' ? palette.bad : level === 'fine' ? palette.good : palette.note;
  const leader =
    state === 'absent' || state === 'lost'
      ? []
      : [heldBy === null ? palette.note('  nobody follows it now') : `  followed by ${heldBy}`];
  return [
    `${capture.capture}: ${colour(stateText(capture))}`,
    ...(reason === null ? [] : [`  ${reason}`]),
    ...leader,
    ...(state === 'absent' ? [] : [`  kept for Sluice: ${keptText(capture)}`]),
    `  at ${formatByteSize(limits.maxBytes)} or ${formatAge(limits.maxAgeMs)}: ${consequence(limits.atLimit)}`,
    ...(capture.sourceLimitBytes === null
      ? []
      : [
          `  the server itself lets go at ${formatByteSize(capture.sourceLimitBytes)}${
            capture.safeBytes === null ? '' : `, in ${formatByteSize(Math.max(0, capture.safeBytes))}`
          }`,
        ]),
    ...(state === 'lost'
      ? [
          palette.bad(
            '  the next `sluice run` makes it anew and reads all rows again: every index is reconciled',
          ),
        ]
      : []),
  ];
}

function stateText({ state, level }: CaptureStatus): string {
  if (state === 'absent') return 'not made yet (`sluice run` or `sluice provision` does it)';
  if (state !== 'ready') return state;
  return level === 'fine'
    ? 'ready'
    : level === 'warning'
      ? 'ready, but much is kept'
      : 'ready, and at its limit';
}

function keptText({ retainedBytes, changes, oldestAgeMs, unreadMs }: CaptureStatus): string {
  const parts = [
    ...(retainedBytes === null ? [] : [formatByteSize(retainedBytes)]),
    ...(changes === null ? [] : [`${formatCount(changes)} changes`]),
    ...(oldestAgeMs === null || oldestAgeMs === 0
      ? []
      : [`the oldest waits since ${formatAge(oldestAgeMs)}`]),
    ...(unreadMs === null ? [] : [`not read by anybody since ${formatAge(unreadMs)}`]),
  ];
  return parts.length === 0 ? 'unknown' : parts.join(', ');
}

function consequence(atLimit: 'keep' | 'release'): string {
  return atLimit === 'keep'
    ? 'a warning; nothing is let go (`source.limits.at_limit: keep`)'
    : 'let go, and every index is reconciled (`source.limits.at_limit: release`)';
}

function indexLines(indexes: readonly GenerationStatus[]): readonly string[] {
  const rows = indexes.map((each) => [
    each.index,
    each.sink,
    String(each.generation),
    `${each.state}${progressText(each)}`,
    each.position ?? '-',
    each.reason ?? '',
  ]);
  return renderTable(['index', 'sink', 'generation', 'state', 'durable up to', 'reason'], rows).split('\n');
}

/** How far a scan is that goes on; of one that does not, that users find nothing. */
function progressText({ state, scan, complete }: GenerationStatus): string {
  if (state === 'stopped' || state === 'behind') return complete ? '' : ' (never complete)';
  return scan === null ? '' : ` (${scan.finished} of ${scan.ranges} ranges)`;
}
