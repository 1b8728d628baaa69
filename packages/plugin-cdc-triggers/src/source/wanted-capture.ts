import type { CatalogColumn } from '@sluice/postgres';
import type { TriggerMode } from '../options.ts';
import type { Registration, TableState } from './state.ts';

/** What is to be captured of one table. */
export interface WantedCapture {
  readonly columns: readonly string[];
  readonly watched: readonly string[];
  readonly mode: TriggerMode;
}

/**
 * Columns that are to be reported and watched as the plans ask for them now. One that is gone is left
 * out: the index that reads it is told, and the others must go on being followed.
 */
export function askedCapture(table: TableState, mode: TriggerMode): WantedCapture {
  const { required, generatedFrom, catalog } = table;
  const exists = (name: string) => catalog?.columns.has(name) === true;
  const columns = [...new Set([...required.key, ...required.links])].filter(exists);
  // A virtual generated column is NULL in a trigger: what it is made of is watched instead.
  const watched = [...new Set(required.watched.flatMap((name) => generatedFrom[name] ?? [name]))].filter(
    exists,
  );
  return { columns, watched, mode };
}

/**
 * What is captured already, where that is enough; else what is asked for. Capturing a little more than
 * is asked for does no harm, and two deployments of different age do not undo each other's work.
 */
export function wantedCapture(
  table: TableState,
  registered: Registration | null,
  mode: TriggerMode,
): WantedCapture {
  const asked = askedCapture(table, mode);
  if (registered === null || registered.mode !== mode) return asked;
  const exists = (name: string) => table.catalog?.columns.has(name) === true;
  const enough =
    asked.columns.every((name) => registered.columns.includes(name)) &&
    asked.watched.every((name) => registered.watched.includes(name)) &&
    [...registered.columns, ...registered.watched].every(exists);
  return enough ? registered : asked;
}

/** Whether more is wanted than is captured. A column that went away is not: it has no values to miss. */
export function isWider(wanted: WantedCapture, registered: Registration | null): boolean {
  return (
    registered === null ||
    registered.mode !== wanted.mode ||
    !wanted.columns.every((name) => registered.columns.includes(name)) ||
    !wanted.watched.every((name) => registered.watched.includes(name))
  );
}

/** The catalog's columns of these names, in this order; those that do not exist are left out. */
export function catalogColumns(table: TableState, names: readonly string[]): readonly CatalogColumn[] {
  return names.flatMap((name) => table.catalog?.columns.get(name) ?? []);
}
