import type { JsonObject, ScalarType } from '../contracts/index.ts';

/** What a scalar type reads from Postgres and what it is in OpenSearch. */
export interface ScalarTypeInfo {
  /**
   * `pg_type.typname` of the column types that fit, arrays by their element, domains by their base
   * type. `'@enum'` stands for every enum type, which has a name of its own. Empty for `custom`:
   * the field itself lists what fits.
   */
  readonly postgres: readonly string[];
  /**
   * The mapping before analyzers, subfields and the field's `options`, which the sink adds. Empty
   * for `custom`, whose field names its type.
   */
  readonly opensearch: JsonObject;
}

/** Stands in `ScalarTypeInfo.postgres` for any type whose `typtype` is `e`. */
export const anyEnum = '@enum';

const textLike = ['text', 'varchar', 'bpchar', 'name', 'citext', 'char'] as const;
const json = ['json', 'jsonb'] as const;

/**
 * Each scalar type of the schema language. A narrower Postgres type fits a wider field (`int2` in a
 * `long`); the reverse does not, since values could be lost.
 */
export const scalarTypes: Readonly<Record<ScalarType, ScalarTypeInfo>> = {
  text: { postgres: [...textLike, anyEnum], opensearch: { type: 'text' } },
  identifier: { postgres: [...textLike, anyEnum], opensearch: { type: 'text' } },
  keyword: { postgres: [...textLike, anyEnum, 'uuid'], opensearch: { type: 'keyword' } },
  enum: { postgres: [anyEnum, ...textLike], opensearch: { type: 'keyword' } },
  uuid: { postgres: ['uuid'], opensearch: { type: 'keyword' } },
  boolean: { postgres: ['bool'], opensearch: { type: 'boolean' } },
  short: { postgres: ['int2'], opensearch: { type: 'short' } },
  integer: { postgres: ['int2', 'int4'], opensearch: { type: 'integer' } },
  long: { postgres: ['int2', 'int4', 'int8', 'oid'], opensearch: { type: 'long' } },
  float: { postgres: ['float4', 'int2'], opensearch: { type: 'float' } },
  double: { postgres: ['float4', 'float8', 'int2', 'int4'], opensearch: { type: 'double' } },
  decimal: {
    postgres: ['numeric', 'money', 'int2', 'int4', 'int8'],
    opensearch: { type: 'double' },
  },
  date: { postgres: ['date'], opensearch: { type: 'date' } },
  timestamp: {
    postgres: ['timestamptz', 'timestamp'],
    opensearch: { type: 'date' },
  },
  binary: { postgres: ['bytea'], opensearch: { type: 'binary' } },
  json: { postgres: [...json], opensearch: { type: 'object', dynamic: true } },
  custom: { postgres: [], opensearch: {} },
};

/** The names of all scalar types, in the order of the reference. */
export const scalarTypeNames = Object.keys(scalarTypes) as readonly ScalarType[];
