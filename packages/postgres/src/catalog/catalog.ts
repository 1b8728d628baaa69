import type { TableName } from '@sluice/core';

/** A column's type: a domain by its base type, an array by its element. */
export interface CatalogType {
  readonly schema: string;
  /** `pg_type.typname`. */
  readonly name: string;
  /** In rank order; null for what is no enum. */
  readonly labels: readonly string[] | null;
  readonly kind: 'base' | 'enum' | 'composite' | 'range' | 'multirange' | 'pseudo';
  /** Where the type's own comparison operators live: `pg_catalog`, or an extension's schema. */
  readonly operatorSchema: string;
}

export interface CatalogColumn {
  readonly name: string;
  readonly type: CatalogType;
  readonly array: boolean;
  readonly nullable: boolean;
  /** null: not generated. A stored one is in the log only where it is published. */
  readonly generated: 'stored' | 'virtual' | null;
  /** false: equal values may have different text (a nondeterministic collation). */
  readonly deterministic: boolean;
  /** The current role may read it. */
  readonly readable: boolean;
}

export interface CatalogIndex {
  readonly name: string;
  /** Key columns in order; null where an expression stands. */
  readonly columns: readonly (string | null)[];
  readonly method: string;
  readonly unique: boolean;
  readonly primary: boolean;
  /** Holds some rows only. */
  readonly partial: boolean;
}

export interface CatalogForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly table: TableName;
  readonly references: readonly string[];
}

export type RelationKind = 'table' | 'partitioned' | 'view' | 'materialized view' | 'foreign table';

/** One table, view or the like as it is now. */
export interface CatalogTable extends TableName {
  readonly oid: string;
  readonly kind: RelationKind;
  /** The partitioned table at the top, where this is a partition; null otherwise. */
  readonly partitionOf: TableName | null;
  /** Has children by plain inheritance, whose rows a read of it returns too. */
  readonly inherited: boolean;
  /** Its rows are not in the write-ahead log. */
  readonly unlogged: boolean;
  /** Policies would hide rows from the current role. */
  readonly rowSecurity: boolean;
  /** The planner's estimate, partitions included; null: never analysed. */
  readonly rows: number | null;
  readonly columns: ReadonlyMap<string, CatalogColumn>;
  /** In key order; null: none. */
  readonly primaryKey: readonly string[] | null;
  readonly indexes: readonly CatalogIndex[];
  readonly foreignKeys: readonly CatalogForeignKey[];
}

/** The tables asked for that exist. */
export interface Catalog {
  readonly tables: readonly CatalogTable[];
  find(table: TableName): CatalogTable | undefined;
}

/** A catalog over these tables. */
export function catalogOf(tables: readonly CatalogTable[]): Catalog {
  const byName = new Map(tables.map((table) => [nameKey(table), table]));
  return { tables, find: (table) => byName.get(nameKey(table)) };
}

/** Is each of these columns among the first columns of an index that can look them up? */
export function hasIndexOn(table: CatalogTable, columns: readonly string[]): boolean {
  return table.indexes.some(
    (index) =>
      !index.partial &&
      (index.method === 'btree' || (index.method === 'hash' && columns.length === 1)) &&
      columns.every((column) => index.columns.slice(0, columns.length).includes(column)),
  );
}

/** Is there at most one row for given values of these columns (none of them NULL)? */
export function isUnique(table: CatalogTable, columns: readonly string[]): boolean {
  return table.indexes.some(
    (index) =>
      index.unique &&
      !index.partial &&
      index.columns.every((column) => column !== null && columns.includes(column)),
  );
}

function nameKey(table: TableName): string {
  return JSON.stringify([table.schema, table.name]);
}
