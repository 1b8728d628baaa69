import type { TableName } from '@sluice/core';
import {
  type Catalog,
  type CatalogColumn,
  type CatalogForeignKey,
  type CatalogIndex,
  type CatalogTable,
  type CatalogType,
  catalogOf,
  type RelationKind,
} from './catalog.ts';
import {
  readColumnsSql,
  readForeignKeysSql,
  readIndexesSql,
  readTableNamesSql,
  readTablesSql,
} from './sql.ts';

type Row = Record<string, string | null>;

/** What reading the catalog needs of a connection: values come back as text. */
export interface CatalogSource {
  query<R extends Row>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: R[] }>;
}

/**
 * Reads the tables named, or with `'all'` every table of the user's schemas, in four statements
 * however many there are. A name that does not exist is absent from the answer.
 *
 * Throws what the connection throws.
 */
export async function readCatalog(
  source: CatalogSource,
  tables: readonly TableName[] | 'all',
): Promise<Catalog> {
  const wanted =
    tables === 'all' ? [null, null] : [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
  const found = (await source.query<Row>(readTablesSql, wanted)).rows;
  const oids = [found.map((row) => text(row, 'oid'))];
  const columns = groupByTable((await source.query<Row>(readColumnsSql, oids)).rows);
  const indexes = groupByTable((await source.query<Row>(readIndexesSql, oids)).rows);
  const foreignKeys = groupByTable((await source.query<Row>(readForeignKeysSql, oids)).rows);
  return catalogOf(
    found.map((row) => {
      const oid = text(row, 'oid');
      return tableOf(row, columns.get(oid) ?? [], indexes.get(oid) ?? [], foreignKeys.get(oid) ?? []);
    }),
  );
}

/** Every table that a schema could name, partitions left out. */
export async function readTableNames(source: CatalogSource): Promise<readonly TableName[]> {
  const { rows } = await source.query<Row>(readTableNamesSql);
  return rows.map((row) => ({ schema: text(row, 'schema'), name: text(row, 'name') }));
}

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

const typeKinds: Readonly<Record<string, CatalogType['kind']>> = {
  b: 'base',
  e: 'enum',
  c: 'composite',
  r: 'range',
  m: 'multirange',
  p: 'pseudo',
};

function tableOf(
  row: Row,
  columnRows: readonly Row[],
  indexRows: readonly Row[],
  foreignKeyRows: readonly Row[],
): CatalogTable {
  const rows = Number(row['rows'] ?? -1);
  const indexes = indexRows.map(indexOf);
  const primary = indexes.find((index) => index.primary);
  return {
    oid: text(row, 'oid'),
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    kind: kinds[text(row, 'kind')] ?? 'table',
    partitionOf:
      row['root_name'] == null ? null : { schema: text(row, 'root_schema'), name: text(row, 'root_name') },
    inherited: isTrue(row, 'inherited'),
    unlogged: isTrue(row, 'unlogged'),
    rowSecurity: isTrue(row, 'row_security'),
    rows: rows < 0 ? null : rows,
    columns: new Map(columnRows.map((column) => [text(column, 'name'), columnOf(column)])),
    primaryKey: primary?.columns.filter((column) => column !== null) ?? null,
    indexes,
    foreignKeys: foreignKeyRows.map(foreignKeyOf),
  };
}

function columnOf(row: Row): CatalogColumn {
  const generated = row['generated'];
  return {
    name: text(row, 'name'),
    type: {
      schema: text(row, 'type_schema'),
      name: text(row, 'type_name'),
      labels: row['labels'] == null ? null : names(row, 'labels'),
      kind: typeKinds[text(row, 'type_kind')] ?? 'base',
      operatorSchema: text(row, 'operator_schema'),
    },
    array: isTrue(row, 'is_array'),
    nullable: isTrue(row, 'nullable'),
    generated: generated === 's' ? 'stored' : generated === 'v' ? 'virtual' : null,
    deterministic: isTrue(row, 'deterministic'),
    readable: isTrue(row, 'readable'),
  };
}

function indexOf(row: Row): CatalogIndex {
  return {
    name: text(row, 'name'),
    columns: list(row, 'columns').map((column) => (typeof column === 'string' ? column : null)),
    method: text(row, 'method'),
    unique: isTrue(row, 'is_unique'),
    primary: isTrue(row, 'is_primary'),
    partial: isTrue(row, 'partial'),
  };
}

function foreignKeyOf(row: Row): CatalogForeignKey {
  return {
    name: text(row, 'name'),
    columns: names(row, 'columns'),
    table: { schema: text(row, 'schema'), name: text(row, 'related') },
    references: names(row, 'references'),
  };
}

function groupByTable(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const oid = text(row, 'table_oid');
    const group = groups.get(oid);
    if (group === undefined) groups.set(oid, [row]);
    else group.push(row);
  }
  return groups;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (value == null) throw new TypeError(`The catalog query gave no ${column}.`);
  return value;
}

function isTrue(row: Row, column: string): boolean {
  return row[column] === 't';
}

function list(row: Row, column: string): readonly unknown[] {
  const value: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(value)) throw new TypeError(`The catalog query gave no list of ${column}.`);
  return value;
}

function names(row: Row, column: string): readonly string[] {
  return list(row, column).map(String);
}
