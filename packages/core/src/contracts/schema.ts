import type { TableName } from './change.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Where a node stands in its YAML file: keys and sequence indexes from the root,
 * `['fields', 2, 'column']`. Never part of a schema's hash.
 */
export type SourcePath = readonly (string | number)[];

/**
 * One `*.schema.yml`, validated, with every default that needs no database filled in.
 * Plain JSON (apart from `at`, it *is* what the hash covers).
 */
export interface IndexSchema {
  /** The index's name in the configuration. */
  readonly index: string;
  readonly table: TableName;
  /** null: the table's own primary key. */
  readonly primaryKey: readonly string[] | null;
  /** Columns that make the `_id`; null: the primary key. */
  readonly docId: readonly string[] | null;
  readonly routing: string | null;
  readonly softDelete: SoftDelete | null;
  /** AND of all. */
  readonly filters: readonly Filter[];
  readonly fields: readonly Field[];
  /** Index settings merged over the sink's. */
  readonly settings: JsonObject;
  readonly at: SourcePath;
}

/**
 * NULL and false are alive, true and any other value are deleted; `when` narrows that: a row is
 * deleted where it is marked *and* all of those filters hold.
 */
export interface SoftDelete {
  readonly column: string;
  readonly when: readonly Filter[];
  readonly at: SourcePath;
}

export type FilterOperator =
  | 'eq'
  | 'neq'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'in'
  | 'not_in'
  | 'between'
  | 'like'
  | 'ilike'
  | 'is_null'
  | 'is_not_null';

export type FilterValue = string | number | bigint | boolean;

/** A condition over one row's columns. Values are compared in the column's type. */
export type Filter =
  | {
      readonly kind: 'column';
      readonly column: string;
      readonly op: FilterOperator;
      /** One value; a list for in, not_in; two for between; none for is_null, is_not_null. */
      readonly values: readonly FilterValue[];
      readonly at: SourcePath;
    }
  | {
      readonly kind: 'raw';
      readonly sql: string;
      /** null: find the columns in the SQL. */
      readonly dependsOn: readonly string[] | null;
      readonly at: SourcePath;
    };

export type ScalarType =
  | 'text'
  | 'identifier'
  | 'keyword'
  | 'enum'
  | 'uuid'
  | 'boolean'
  | 'short'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'decimal'
  | 'date'
  | 'timestamp'
  | 'binary'
  | 'json'
  | 'custom';

export type Transform = { readonly kind: 'lowercase' } | { readonly kind: 'trim' };

interface FieldBase {
  /** The key in the document. */
  readonly name: string;
  readonly at: SourcePath;
}

export interface ScalarField extends FieldBase {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly column: string;
  /** A NULL is a diagnostic against a nullable column. */
  readonly required: boolean;
  /** Takes the place of NULL. null: none. */
  readonly default: string | number | boolean | null;
  readonly transforms: readonly Transform[];
  /** Merged over the mapping; wins. */
  readonly options: JsonObject;
  /** For enum: values in rank order; adds a `.sort` subfield. */
  readonly variants: readonly string[] | null;
  /** For custom: the Postgres types that fit and the OpenSearch type. */
  readonly custom: { readonly postgres: readonly string[]; readonly opensearch: string } | null;
}

export interface ConstantField extends FieldBase {
  readonly kind: 'constant';
  readonly value: JsonValue;
  readonly options: JsonObject;
}

/** A sub-object made of the same row. */
export interface ObjectField extends FieldBase {
  readonly kind: 'object';
  readonly fields: readonly Field[];
  readonly options: JsonObject;
}

export interface GeoField extends FieldBase {
  readonly kind: 'geo';
  /** Two coordinates, or one json/text/point column. null when a coordinate is. */
  readonly source:
    | { readonly kind: 'coordinates'; readonly lat: string; readonly lon: string }
    | { readonly kind: 'column'; readonly column: string };
  readonly required: boolean;
  readonly options: JsonObject;
}

/** A json/jsonb object whose keys are not known beforehand. */
export interface MapField extends FieldBase {
  readonly kind: 'map';
  readonly column: string;
  readonly values: ScalarType;
  readonly required: boolean;
  readonly options: JsonObject;
}

export type JoinType = 'belongs_to' | 'has_one' | 'has_many' | 'many_to_many';

export interface OrderBy {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
  /** null: Postgres's own (last for asc, first for desc). */
  readonly nulls: 'first' | 'last' | null;
  readonly at: SourcePath;
}

/** The junction of a many_to_many. Columns are matched in order. */
export interface Through {
  readonly table: TableName;
  /** Names this side. */
  readonly leftKey: readonly string[];
  /** Names the related side. */
  readonly rightKey: readonly string[];
  readonly at: SourcePath;
}

/** How rows of this table find rows of the related one. */
export interface Relation {
  readonly join: JoinType;
  readonly table: TableName;
  /**
   * belongs_to: columns on this table. has_one, has_many: `foreignKey` columns on the related table.
   * many_to_many: none, the keys are in `through`.
   */
  readonly columns: readonly string[];
  /** The columns on the other side that `columns` name; null: that side's primary key. */
  readonly references: readonly string[] | null;
  /** many_to_many only. `references` are then this side's columns, `primaryKey` the related side's. */
  readonly through: Through | null;
  /** The related table's key; null: its own primary key. Orders arrays, breaks ties. */
  readonly primaryKey: readonly string[] | null;
  /** Which related rows count. AND of all. */
  readonly filters: readonly Filter[];
}

export interface JoinField extends FieldBase {
  readonly kind: 'join';
  readonly relation: Relation;
  readonly fields: readonly Field[];
  readonly orderBy: readonly OrderBy[];
  /** Rows rendered at most; null: all. */
  readonly limit: number | null;
  /** to-one: a missing row is reported by `check`. */
  readonly required: boolean;
  /** Default: nested for to-many, object for to-one. */
  readonly as: 'nested' | 'object';
  readonly options: JsonObject;
}

export type AggregateFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'ids';

export interface AggregateField extends FieldBase {
  readonly kind: 'aggregate';
  readonly function: AggregateFunction;
  /** `has_many`, or `many_to_many` where `through` was given. */
  readonly relation: Relation;
  /** null for count and ids. */
  readonly column: string | null;
  /** The type of the value: long for count, double for avg, the element's for ids. */
  readonly valueType: ScalarType;
  readonly options: JsonObject;
}

export type Field =
  | ScalarField
  | ConstantField
  | ObjectField
  | GeoField
  | MapField
  | JoinField
  | AggregateField;
