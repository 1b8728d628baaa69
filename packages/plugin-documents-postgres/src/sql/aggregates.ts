import type { CatalogColumn } from '@sluice/postgres';
import type { BoundAggregate, BoundField, BoundRelation } from '../bound.ts';
import { type Aliases, columnOf } from './names.ts';
import { orderTerms, relatedRows } from './relation.ts';
import { columnJson, finite, hasDigits, orNull, typed, valueJson } from './scalar-json.ts';

/** The aggregates of one object, computed beside its row. */
export interface AggregateScans {
  /** One LATERAL item for each relation, whatever the number of aggregates over it. */
  readonly joins: readonly string[];
  /** The JSON text of an aggregate. */
  readonly json: (field: BoundAggregate) => string;
}

/** Aggregates over the same relation with the same filters share one scan. */
export function aggregateScans(
  fields: readonly BoundField[],
  parent: string,
  aliases: Aliases,
): AggregateScans {
  const groups = new Map<string, BoundAggregate[]>();
  for (const field of aggregatesOf(fields)) {
    const signature = relationSignature(field.relation);
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, [field]);
    else group.push(field);
  }
  const json = new Map<BoundAggregate, string>();
  const joins = [...groups.values()].map((group) => {
    const scan = aliases.take();
    const [first] = group;
    if (first === undefined) throw new RangeError('An aggregate scan has no aggregate.');
    const rows = relatedRows(first.relation, parent, aliases);
    const columns = group.map((field, at) => {
      json.set(field, `${scan}.v${at}`);
      return `${aggregateJson(field, rows.alias)} AS v${at}`;
    });
    return `CROSS JOIN LATERAL (SELECT ${columns.join(', ')} FROM ${rows.from} WHERE ${rows.where}) AS ${scan}`;
  });
  return {
    joins,
    json: (field) => {
      const found = json.get(field);
      if (found === undefined) throw new RangeError(`Aggregate ${field.name} has no scan.`);
      return found;
    },
  };
}

/** Sub-objects are made of the same row, so their aggregates belong to the same scans. */
function aggregatesOf(fields: readonly BoundField[]): BoundAggregate[] {
  return fields.flatMap((field) => {
    if (field.kind === 'aggregate') return [field];
    return field.kind === 'object' ? aggregatesOf(field.fields) : [];
  });
}

function aggregateJson(field: BoundAggregate, alias: string): string {
  if (field.function === 'count') return 'count(*)::text';
  if (field.function === 'ids') return idsJson(field.relation.key, alias);
  if (field.column === null) throw new RangeError(`Aggregate ${field.name} has no column.`);
  const column = typed(columnOf(alias, field.column), field.column);
  const { type } = field.column;
  switch (field.function) {
    case 'sum': {
      const sum = `sum(${exact(column, type.name)})::numeric`;
      return orNull(finite(sum, `(${sum})::text`));
    }
    case 'avg': {
      const average = `avg((${exact(column, type.name)})::numeric)`;
      return orNull(finite(average, `trim_scale(${average})::text`));
    }
    case 'min':
    case 'max': {
      // "name" has no min of its own, and the result would be text anyway.
      const value = type.name === 'name' || type.name === 'char' ? `${column}::text` : column;
      return orNull(valueJson(`${qualified(field.function, type.operatorSchema)}(${value})`, type));
    }
  }
}

/**
 * Floats are added as numeric: the order of additions would show in the last digits. Infinities become
 * NaN, which makes the result one that JSON has no word for, too: before Postgres 14 there is no infinite
 * numeric.
 */
function exact(column: string, type: string): string {
  if (type === 'money') return `${column}::numeric`;
  if (type !== 'float4' && type !== 'float8') return column;
  return `CASE WHEN ${hasDigits(column)} THEN ${column}::numeric WHEN ${column} IS NOT NULL THEN 'NaN'::numeric END`;
}

/** min and max of an extension's type live where its operators do. */
function qualified(name: string, schema: string): string {
  return schema === 'pg_catalog' ? name : `"${schema.replaceAll('"', '""')}".${name}`;
}

function idsJson(key: readonly CatalogColumn[], alias: string): string {
  const [id] = key;
  if (id === undefined) throw new RangeError('A relation has no key.');
  const element = orNull(columnJson(columnOf(alias, id), id));
  return `'[' || coalesce(string_agg(${element}, ',' ORDER BY ${orderTerms([], key, alias)}), '') || ']'`;
}

/** Equal for relations that read the same rows. */
function relationSignature({ table, pairs, through, filters }: BoundRelation): string {
  const names = (list: BoundRelation['pairs']) => list.map(({ left, right }) => [left.name, right.name]);
  return JSON.stringify([
    table.oid,
    names(pairs),
    through === null ? null : [through.table.oid, names(through.pairs)],
    filters.map((filter) =>
      filter.kind === 'raw'
        ? filter.sql
        : [filter.column.name, filter.op, filter.values.map((value) => [typeof value, String(value)])],
    ),
  ]);
}
