import { tableLabel } from '@sluice/postgres';
import type { Registration, TableState } from '../source/state.ts';
import type { Layout } from './decode.ts';

/**
 * What each number of the registry stands for. A table is found by its oid, so that rows written before
 * it was renamed are still its rows; by its label where it was dropped and made anew, and where nothing has
 * the name any more: it may have it again tomorrow, and what was written meanwhile would be missed.
 */
export function layoutsOf(
  registrations: readonly Registration[],
  tables: readonly TableState[],
): ReadonlyMap<number, Layout> {
  const byOid = new Map(tables.map((table) => [table.members[0]?.oid ?? -1, table.required.table]));
  const byLabel = new Map(tables.map(({ required: { table } }) => [tableLabel(table), table]));
  const absent = new Set(
    tables.filter(({ members }) => members.length === 0).map(({ required: { table } }) => tableLabel(table)),
  );
  return new Map(
    registrations.map(({ src, oid, label, columns, mode }): [number, Layout] => {
      const named = oid === 0 || absent.has(label) ? byLabel.get(label) : undefined;
      return [src, { table: byOid.get(oid) ?? named ?? null, columns, mode }];
    }),
  );
}
