import { type CatalogColumn, quoteIdentifier } from '@sluice/postgres';

/** Types of which equal values always print the same, and that compare cheaply. */
const identical: ReadonlySet<string> = new Set([
  'bool',
  'bytea',
  'date',
  'int2',
  'int4',
  'int8',
  'name',
  'oid',
  'time',
  'timestamp',
  'timestamptz',
  'uuid',
]);

const texts: ReadonlySet<string> = new Set(['text', 'varchar']);

/**
 * True where the two rows' values would print differently. Equality is not enough: 1.0 = 1.00,
 * 'A' = 'a' for citext, '1 day' = '24 hours', 0 = -0; and json, point and xml have no equality.
 */
export function differs(column: CatalogColumn, before = 'OLD', after = 'NEW'): string {
  const old = `${before}.${quoteIdentifier(column.name)}`;
  const now = `${after}.${quoteIdentifier(column.name)}`;
  if (isCheap(column)) return `${old} IS DISTINCT FROM ${now}`;
  if (!column.array && texts.has(column.type.name) && column.type.schema === 'pg_catalog') {
    return `${old} COLLATE "C" IS DISTINCT FROM ${now} COLLATE "C"`;
  }
  return `${old}::text COLLATE "C" IS DISTINCT FROM ${now}::text COLLATE "C"`;
}

/** Compares without printing: looked at first, since one difference is enough. */
export function isCheap({ array, type }: CatalogColumn): boolean {
  if (array) return false;
  return type.kind === 'enum' || (type.schema === 'pg_catalog' && identical.has(type.name));
}

/** A value as text, under the settings of `settingsFor`. */
export function valueText(column: CatalogColumn, row: string): string {
  return `${row}.${quoteIdentifier(column.name)}::text`;
}

/** Types whose text does not depend on any setting. */
const unaffected: ReadonlySet<string> = new Set([
  ...['bool', 'int2', 'int4', 'int8', 'oid', 'uuid', 'text', 'varchar', 'bpchar', 'name', 'char', 'numeric'],
  ...['time', 'timetz', 'inet', 'cidr', 'macaddr', 'macaddr8', 'json', 'jsonb', 'bit', 'varbit'],
]);

const dateStyle = ['DateStyle', 'ISO, YMD'] as const;
const timeZone = ['TimeZone', 'UTC'] as const;
const intervalStyle = ['IntervalStyle', 'postgres'] as const;
const floatDigits = ['extra_float_digits', '1'] as const;
const byteaOutput = ['bytea_output', 'hex'] as const;
const monetary = ['lc_monetary', 'C'] as const;
const all = [dateStyle, timeZone, intervalStyle, floatDigits, byteaOutput, monetary];

const affected: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  date: [dateStyle],
  timestamp: [dateStyle],
  timestamptz: [dateStyle, timeZone],
  interval: [intervalStyle],
  float4: [floatDigits],
  float8: [floatDigits],
  bytea: [byteaOutput],
  money: [monetary],
};

/**
 * Settings that a function needs so that these values print as on Sluice's own connections, whatever
 * the application's session has set. Each costs a moment per call: only what the types call for.
 */
export function settingsFor(columns: readonly CatalogColumn[]): ReadonlyMap<string, string> {
  return new Map(columns.flatMap(settingsOf));
}

function settingsOf({ array, type }: CatalogColumn): readonly (readonly [string, string])[] {
  if (type.kind === 'enum' && !array) return [];
  if (type.schema === 'pg_catalog' && type.kind === 'base') {
    if (unaffected.has(type.name)) return [];
    return affected[type.name] ?? all;
  }
  // citext and the like print as they are; a composite or a range may hold anything.
  return type.name === 'citext' ? [] : all;
}

/** Settings without which two different values could print the same. */
export function comparisonSettings(columns: readonly CatalogColumn[]): ReadonlyMap<string, string> {
  const printed = columns.filter((column) => !isCheap(column));
  return new Map(
    [...settingsFor(printed)].filter(([name]) => name === floatDigits[0] || name === monetary[0]),
  );
}
