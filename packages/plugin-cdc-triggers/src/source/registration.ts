import { quoteLiteral, quoteTable, tableLabel } from '@sluice/postgres';
import { gapSql } from '../ddl/gap.ts';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { triggersPrintSql } from '../ddl/triggers-print.ts';
import type { Registration, TableState, Unsettled } from './state.ts';
import type { WantedCapture } from './wanted-capture.ts';

export interface NewRegistration {
  readonly registered: Registration | null;
  readonly src: number;
  readonly functionName: string;
  readonly wanted: WantedCapture;
  readonly md5: string;
  readonly gap: string | null;
  /** Somebody changed the function: who is writing may have run that one, and no lock was waited for. */
  readonly altered: boolean;
  readonly widens: boolean;
  /** The statements before these change triggers. */
  readonly rearranged: boolean;
  /** An owner of the tables has statements of his own to run, which alter triggers. */
  readonly owners: boolean;
  /** Null with a new outbox: whoever follows it knows that nothing before it was captured. */
  readonly wider: Unsettled | null;
}

/**
 * Written in the transaction of the triggers: who reads the registry never sees the one without the
 * other. A gap becomes a row of the outbox in the same transaction, so that the resync which mends it
 * cannot be forgotten; or a note that one is due once those who write now are done.
 */
export function registerStatements(names: CaptureNames, table: TableState, next: NewRegistration): string[] {
  const { registered, src, functionName, wanted, md5, gap, altered, rearranged, widens } = next;
  const source = inSchema(names, 'source');
  const same =
    registered !== null &&
    registered.src === src &&
    registered.bodyMd5 === md5 &&
    registered.lineage === table.lineage &&
    (registered.triggersPrint ?? table.triggersPrint) === table.triggersPrint &&
    registered.label === tableLabel(table.required.table) &&
    registered === wanted &&
    !altered &&
    !rearranged;
  const report =
    gap === null || altered
      ? []
      : [`INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows) VALUES (${src}, 'r', ${gapSql(gap)})`];
  if (same) return report;
  const unsettled = altered ? 'resync' : widens ? next.wider : null;
  const values = {
    rel: `${quoteLiteral(quoteTable(table.required.table))}::regclass`,
    label: quoteLiteral(tableLabel(table.required.table)),
    function: quoteLiteral(functionName),
    mode: quoteLiteral(wanted.mode),
    columns: textArray(wanted.columns),
    watched: textArray(wanted.watched),
    body_md5: quoteLiteral(md5),
    lineage: quoteLiteral(table.lineage),
    // As they are when the statements before this one have run. An owner's come after it: the next look sees them.
    triggers: registered === null && next.owners ? 'NULL' : printSql(names, table),
    // Who was writing while the function was replaced may have run the former one. And whoever asked for
    // more may die before it puts on record that a scan is due.
    ...(unsettled === null ? {} : { unsettled: quoteLiteral(unsettled) }),
  };
  if (registered !== null && registered.src === src) {
    const sets = Object.entries(values).map(([column, value]) => `${column} = ${value}`);
    return [`UPDATE ${source} SET ${sets.join(', ')} WHERE src = ${src}`, ...report];
  }
  return [
    ...(registered === null ? [] : [`UPDATE ${source} SET state = 'retired' WHERE src = ${registered.src}`]),
    `INSERT INTO ${source} (src, ${Object.keys(values).join(', ')}) VALUES (${src}, ${Object.values(values).join(', ')})`,
    ...report,
  ];
}

/** Where an owner had something left to do with the triggers nothing was written down: what they are now is. */
export function noteStatements(names: CaptureNames, table: TableState, registered: Registration): string[] {
  if (registered.triggersPrint !== null) return [];
  const print = quoteLiteral(table.triggersPrint);
  return [`UPDATE ${inSchema(names, 'source')} SET triggers = ${print} WHERE src = ${registered.src}`];
}

function printSql(names: CaptureNames, { members }: TableState): string {
  return triggersPrintSql(names, `ARRAY[${members.map(({ oid }) => oid).join(', ')}]::oid[]`);
}

function textArray(names: readonly string[]): string {
  return `ARRAY[${names.map(quoteLiteral).join(', ')}]::text[]`;
}
