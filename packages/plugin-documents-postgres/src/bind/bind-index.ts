import type { IndexSchema, SourcePath } from '@sluice/core';
import { type CatalogColumn, type CatalogTable, isUnique, tableLabel } from '@sluice/postgres';
import type { BoundIndex } from '../bound.ts';
import { bindFields } from './fields.ts';
import { bindFilters, type FilterProbe } from './filters.ts';
import { type BindContext, bindColumn, bindColumns, bindTable } from './tables.ts';
import { isOrdered, typeLabel } from './types.ts';

export interface BoundSchema {
  /** null after an error was reported. */
  readonly index: BoundIndex | null;
  /** What the server must still be asked. */
  readonly probes: readonly FilterProbe[];
}

/** Replaces every name of a schema by what the catalog says of it, and reports what does not fit. */
export function bindIndex(context: BindContext, schema: IndexSchema): BoundSchema {
  const { at } = schema;
  const root = bindTable(context, schema.table, [...at, 'table']);
  if (root === null) return { index: null, probes: [] };
  const key = bindKey(context, root, schema.primaryKey, [...at, 'primary_key']);
  const docId = schema.docId === null ? key : bindColumns(context, root, schema.docId, [...at, 'doc_id']);
  const routing =
    schema.routing === null ? null : bindColumn(context, root, schema.routing, [...at, 'routing']);
  if (docId !== null && schema.docId !== null) checkIdentity(context, root, docId, [...at, 'doc_id'], '_id');
  if (routing?.array === true) {
    context.report.error('SLUICE_SCHEMA_TYPE', [...at, 'routing'], 'An array cannot be a routing key.');
  }
  const filters = bindFilters(context, root, schema.filters);
  const soft = bindSoftDelete(context, root, schema);
  const probes = [...filters.probes, ...soft.probes];
  const fields = bindFields(context, { table: root, key }, schema.fields, probes);
  if (context.report.failed || key === null || docId === null) return { index: null, probes };
  return {
    index: {
      schema,
      root,
      key,
      docId,
      routing,
      softDelete: soft.softDelete,
      filters: filters.filters,
      fields,
    },
    probes,
  };
}

function bindKey(
  context: BindContext,
  root: CatalogTable,
  written: readonly string[] | null,
  path: SourcePath,
): readonly CatalogColumn[] | null {
  const names = written ?? root.primaryKey;
  if (names === null) {
    context.report.error(
      'SLUICE_SCHEMA_KEY',
      path,
      `${tableLabel(root)} has no primary key, so its documents cannot be told apart.`,
      'Give the table a primary key, or name unique NOT NULL columns with primary_key.',
    );
    return null;
  }
  const key = bindColumns(context, root, names, path);
  if (key !== null) checkIdentity(context, root, key, path, 'key');
  return key;
}

/** The columns that name a document must do so for every row, and for one row each. */
function checkIdentity(
  { report }: BindContext,
  root: CatalogTable,
  columns: readonly CatalogColumn[],
  path: SourcePath,
  what: string,
): void {
  const names = columns.map(({ name }) => name);
  for (const column of columns) {
    if (column.nullable) {
      report.error(
        'SLUICE_SCHEMA_KEY',
        path,
        `"${column.name}" is part of the ${what} but may be NULL.`,
        'Set it NOT NULL.',
      );
    }
    if (column.array || !isOrdered(column)) {
      report.error(
        'SLUICE_SCHEMA_TYPE',
        path,
        `"${column.name}" is ${typeLabel(column)}, which cannot be part of a ${what}.`,
      );
    }
  }
  if (isUnique(root, names)) return;
  const message = `No unique index says that (${names.join(', ')}) tells the rows of ${tableLabel(root)} apart.`;
  if (root.kind === 'partitioned') {
    // Uniqueness over all partitions can only be had for keys that hold the partition's columns.
    report.warning(
      'SLUICE_SCHEMA_KEY',
      path,
      message,
      'Two rows with the same values would be one document.',
    );
  } else {
    report.error('SLUICE_SCHEMA_KEY', path, message, 'Add a unique index, or name columns that have one.');
  }
}

function bindSoftDelete(
  context: BindContext,
  root: CatalogTable,
  { softDelete }: IndexSchema,
): { readonly softDelete: BoundIndex['softDelete']; readonly probes: readonly FilterProbe[] } {
  if (softDelete === null) return { softDelete: null, probes: [] };
  const column = bindColumn(context, root, softDelete.column, [...softDelete.at, 'column']);
  const when = bindFilters(context, root, softDelete.when);
  return {
    softDelete: column === null ? null : { column, when: when.filters },
    probes: when.probes,
  };
}
