import type { SourcePath, TableName } from '@sluice/core';
import { suggest } from '@sluice/core/config';
import { type Catalog, type CatalogColumn, type CatalogTable, tableLabel } from '@sluice/postgres';
import type { Report } from './report.ts';

/** What a schema is bound to. */
export interface BindContext {
  readonly catalog: Catalog;
  /** Every table there is: for suggestions. */
  readonly names: readonly TableName[];
  readonly report: Report;
}

/** The table, if it exists and its changes can be followed; null after an error was reported. */
export function bindTable(context: BindContext, name: TableName, path: SourcePath): CatalogTable | null {
  const { catalog, report } = context;
  const label = tableLabel(name);
  const table = catalog.find(name);
  if (table === undefined) {
    report.error(
      'SLUICE_SCHEMA_TABLE',
      path,
      `The source has no table ${label}.`,
      nearestTable(context, name),
    );
    return null;
  }
  if (table.kind !== 'table' && table.kind !== 'partitioned') {
    report.error(
      'SLUICE_SCHEMA_TABLE',
      path,
      `${label} is a ${table.kind}: its changes cannot be captured.`,
      'Name the tables that it is made of.',
    );
    return null;
  }
  if (table.partitionOf !== null) {
    const root = tableLabel(table.partitionOf);
    report.error('SLUICE_SCHEMA_TABLE', path, `${label} is a partition of ${root}.`, `Name ${root}.`);
    return null;
  }
  if (table.inherited) {
    report.error(
      'SLUICE_SCHEMA_TABLE',
      path,
      `${label} has child tables by inheritance: a read of it returns rows of tables that are not followed.`,
      'Use a partitioned table, or name a table without children.',
    );
    return null;
  }
  if (table.rowSecurity) {
    report.error(
      'SLUICE_SCHEMA_PRIVILEGE',
      path,
      `Row security on ${label} would hide rows from this role, so documents that exist would be deleted.`,
      'Give the role BYPASSRLS: ALTER ROLE … BYPASSRLS.',
    );
    return null;
  }
  return table;
}

/** The column, if it exists and may be read; null after an error was reported. */
export function bindColumn(
  { report }: BindContext,
  table: CatalogTable,
  name: string,
  path: SourcePath,
): CatalogColumn | null {
  const column = table.columns.get(name);
  if (column === undefined) {
    const near = suggest(name, table.columns.keys());
    report.error(
      'SLUICE_SCHEMA_COLUMN',
      path,
      `Table ${tableLabel(table)} has no column "${name}".`,
      near === null ? `It has: ${[...table.columns.keys()].join(', ')}.` : `Did you mean "${near}"?`,
    );
    return null;
  }
  if (!column.readable) {
    report.unreadable(table, name, path);
    return null;
  }
  return column;
}

/** All of the columns, or null. */
export function bindColumns(
  context: BindContext,
  table: CatalogTable,
  names: readonly string[],
  path: SourcePath,
): readonly CatalogColumn[] | null {
  const columns = names.map((name) => bindColumn(context, table, name, path));
  const found = columns.filter((column) => column !== null);
  return found.length === columns.length ? found : null;
}

function nearestTable({ names }: BindContext, wanted: TableName): string | undefined {
  const elsewhere = names.find(({ name }) => name === wanted.name);
  if (elsewhere !== undefined) return `Did you mean ${tableLabel(elsewhere)}?`;
  const dotted = names.find(({ schema, name }) => `${schema}.${name}` === wanted.name);
  if (dotted !== undefined) {
    return `A table's schema has a key of its own: \`schema: ${dotted.schema}\` and \`table: ${dotted.name}\`.`;
  }
  const inSchema = names.filter(({ schema }) => schema === wanted.schema).map(({ name }) => name);
  const near = suggest(wanted.name, inSchema);
  if (near !== null) return `Did you mean ${wanted.schema}.${near}?`;
  return inSchema.length === 0 ? `There is no schema "${wanted.schema}" with tables.` : undefined;
}
