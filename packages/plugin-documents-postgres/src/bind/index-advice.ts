import type { SourcePath } from '@sluice/core';
import { type CatalogTable, hasIndexOn, quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import type { BindContext } from './tables.ts';

/** Warns where a join would read the whole table, with the index that prevents it. */
export function adviseIndex(
  { report }: BindContext,
  table: CatalogTable,
  columns: readonly string[],
  path: SourcePath,
  use: string,
): void {
  if (hasIndexOn(table, columns)) return;
  const rows = table.rows === null ? 'all its rows' : `all its rows (about ${Math.round(table.rows)})`;
  // CREATE INDEX CONCURRENTLY does not work on a partitioned table.
  const concurrently = table.kind === 'partitioned' ? '' : ' CONCURRENTLY';
  report.warning(
    'SLUICE_SCHEMA_NO_INDEX',
    path,
    `${tableLabel(table)} ${use} by (${columns.join(', ')}), which no index starts with: each time ${rows} are read.`,
    `CREATE INDEX${concurrently} ON ${quoteTable(table)} (${columns.map(quoteIdentifier).join(', ')});`,
  );
}
