import type { Transform } from '@sluice/core';
import type { CatalogColumn, CatalogType } from '@sluice/postgres';
import { quoteLiteral } from '@sluice/postgres';
import { typeName } from './names.ts';

/** Types whose text is a JSON number. */
const integers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'oid']);
const floats: ReadonlySet<string> = new Set(['float4', 'float8', 'numeric']);
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'citext', 'char']);
/** Types whose text as a cast is their output, and never needs escaping. */
const plain: ReadonlySet<string> = new Set(['uuid', 'time', 'timetz', 'interval', 'macaddr']);

/**
 * SQL for the JSON text of a column's value: SQL NULL where the value is NULL or one that a sink
 * cannot hold (NaN, infinities, years outside 0001–9999, a NUL in json). Never fails on any value.
 */
export function columnJson(
  name: string,
  column: CatalogColumn,
  transforms: readonly Transform[] = [],
): string {
  const expression = typed(name, column);
  if (!column.array) return valueJson(expression, column.type, transforms);
  const element = orNull(valueJson('e.v', column.type, transforms));
  const elements = `(SELECT '[' || coalesce(string_agg(${element}, ',' ORDER BY e.n), '') || ']' FROM unnest(${expression}) WITH ORDINALITY AS e(v, n))`;
  return `CASE WHEN ${expression} IS NOT NULL THEN ${elements} END`;
}

/**
 * The column, as an expression that Postgres refuses once the column has another type: what follows
 * relies on the type, and text where a number was would be taken for JSON. It costs nothing, since a
 * constant NULL in coalesce is dropped when the statement is planned.
 */
export function typed(name: string, { type, array }: CatalogColumn): string {
  return `coalesce(${name}, NULL::${typeName(type)}${array ? '[]' : ''})`;
}

/** As `columnJson`, for one value of a type that is no array. */
export function valueJson(
  expression: string,
  type: CatalogType,
  transforms: readonly Transform[] = [],
): string {
  if (transforms.length > 0) return textJson(transformed(`(${expression})::text`, transforms));
  if (type.kind === 'enum') return textJson(`(${expression})::text`);
  if (type.schema !== 'pg_catalog' && type.name !== 'citext') return `to_json(${expression})::text`;
  if (integers.has(type.name) || type.name === 'bool') return `(${expression})::text`;
  if (floats.has(type.name)) return finite(expression, `(${expression})::text`);
  if (texts.has(type.name)) return textJson(`(${expression})::text`);
  if (plain.has(type.name)) return `'"' || (${expression})::text || '"'`;
  switch (type.name) {
    case 'money':
      return `(${expression})::numeric::text`;
    case 'date':
      return inCommonEra(expression, 'date', `'"' || (${expression})::text || '"'`);
    case 'timestamp':
      return inCommonEra(expression, 'timestamp', `to_json((${expression}) AT TIME ZONE 'UTC')::text`);
    case 'timestamptz':
      return inCommonEra(expression, 'timestamptz', `to_json(${expression})::text`);
    case 'bytea':
      return `'"' || translate(encode(${expression}, 'base64'), E'\\n', '') || '"'`;
    case 'jsonb':
      return `(${expression})::text`;
    case 'json':
      return jsonText(expression);
    default:
      return `to_json(${expression})::text`;
  }
}

/** A number's text, NULL for NaN and infinities. */
export function finite(expression: string, text: string): string {
  return `CASE WHEN ${hasDigits(expression)} THEN ${text} END`;
}

/**
 * NaN and infinity less themselves are NaN. Not by comparison with 'Infinity': before Postgres 14 that is
 * no numeric.
 */
export function hasDigits(expression: string): string {
  return `${expression} - ${expression} = 0`;
}

/** The JSON text, `null` where it is SQL NULL. */
export function orNull(json: string): string {
  return `coalesce(${json}, 'null')`;
}

/** A constant of the schema as JSON text. */
export function constantJson(value: unknown): string {
  return quoteLiteral(JSON.stringify(value));
}

function textJson(text: string): string {
  return `to_json(${text})::text`;
}

/**
 * json keeps the line breaks between its tokens, which a line-based bulk format cannot hold; inside
 * a string they can only be escaped. A NUL is written as an escape that no text column could hold.
 */
function jsonText(expression: string): string {
  const text = `(${expression})::text`;
  return `CASE WHEN strpos(${text}, '\\u0000') = 0 OR ${text} !~ '(^|[^\\\\])(\\\\\\\\)*\\\\u0000' THEN translate(${text}, E'\\r\\n', '  ') END`;
}

/** Outside these years a sink's ISO date has another form. Infinities are outside too. */
function inCommonEra(expression: string, type: keyof typeof commonEra, text: string): string {
  const [first, last] = commonEra[type];
  return `CASE WHEN ${expression} BETWEEN ${type} '${first}' AND ${type} '${last}' THEN ${text} END`;
}

const commonEra = {
  date: ['0001-01-01', '9999-12-31'],
  timestamp: ['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999'],
  timestamptz: ['0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999+00'],
} as const;

function transformed(text: string, transforms: readonly Transform[]): string {
  return transforms.reduce((inner, { kind }) => transformSql[kind](inner), text);
}

const transformSql: Readonly<Record<Transform['kind'], (text: string) => string>> = {
  lowercase: (text) => `lower(${text})`,
  trim: (text) => `btrim(${text}, E' \\t\\n\\r\\f\\x0b')`,
};
