import { type CatalogColumn, quoteIdentifier as quote, quoteTable } from '@sluice/postgres';
import type { BoundIndex } from '../bound.ts';
import { filterConditions, tableSource } from './filters.ts';
import { allOf, columnOf } from './names.ts';

/** The alias of the root row in every statement. */
export const rootAlias = 'r';

/** The root table, raw filters applied. */
export function rootSource({ root, filters }: BoundIndex): string {
  return tableSource(root, filters, rootAlias);
}

/**
 * The root rows that `condition` (of the bare columns' alias) finds, and only then their raw filters:
 * none is asked of another row, whatever the plan.
 */
export function fencedRootSource({ root, filters }: BoundIndex, condition: string): string {
  // Only what may be read: a role may lack the privilege on other columns.
  const columns = [...root.columns.values()].filter(({ readable }) => readable);
  const names = columns.map(({ name }) => `${rootAlias}.${quote(name)}`).join(', ');
  const found = `(SELECT ${names} FROM ${quoteTable(root)} AS ${rootAlias} WHERE ${condition} OFFSET 0)`;
  const raw = filters.filter((filter) => filter.kind === 'raw').map(({ sql }) => `(${sql})`);
  return `(SELECT * FROM ${found} AS ${quote(root.name)} WHERE ${allOf(raw)}) AS ${rootAlias}`;
}

/** The root table with every row, filtered out or not. */
export function wholeRootSource({ root }: BoundIndex): string {
  return tableSource(root, [], rootAlias);
}

/** What makes a root row a document: its filters, and that it is not soft-deleted. */
export function liveConditions({ filters, softDelete, root }: BoundIndex): string[] {
  const conditions = filterConditions(filters, rootAlias);
  if (softDelete === null) return conditions;
  const { column, when } = softDelete;
  const value = columnOf(rootAlias, column);
  const marked = column.type.name === 'bool' && !column.array ? `${value} IS TRUE` : `${value} IS NOT NULL`;
  if (when.length === 0) return [...conditions, `(${marked}) IS NOT TRUE`];
  const raw = when.filter((filter) => filter.kind === 'raw');
  const deleted = [marked, ...filterConditions(when, rootAlias)];
  // Raw conditions name columns of the row alone: rebuilt under the table's name, they cannot mean another.
  for (const filter of raw) {
    const columns = filter.columns.map(({ name }) => `${rootAlias}.${quote(name)} AS ${quote(name)}`);
    deleted.push(`(SELECT (${filter.sql}) FROM (SELECT ${columns.join(', ')}) AS ${quote(root.name)})`);
  }
  return [...conditions, `(${allOf(deleted)}) IS NOT TRUE`];
}

/** `r."a", r."b"`. */
export function rootColumns(columns: readonly CatalogColumn[]): string[] {
  return columns.map((column) => columnOf(rootAlias, column));
}
