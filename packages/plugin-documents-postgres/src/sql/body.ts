import { isUnique, quoteLiteral } from '@sluice/postgres';
import type { BoundField, BoundGeoSource, BoundJoin, BoundRelation } from '../bound.ts';
import { aggregateScans } from './aggregates.ts';
import { type Aliases, columnOf } from './names.ts';
import { orderTerms, relatedRows } from './relation.ts';
import { columnJson, constantJson, finite, orNull, typed, valueJson } from './scalar-json.ts';

/** An object's JSON text and what must stand in FROM beside its row. */
export interface ObjectSql {
  readonly json: string;
  /** ` CROSS JOIN LATERAL …`, or nothing. */
  readonly joins: string;
}

/** Text pieces joined in one `||` expression: deep left-leaning trees cost stack and copies. */
const piecesPerGroup = 24;

/**
 * The JSON text of the object made of the row `alias`, keys in the order of the schema. It is put
 * together as text rather than by json_build_object, which takes 50 keys at most, and is slower; so
 * numbers keep their digits and no byte is spent on spaces.
 */
export function objectSql(fields: readonly BoundField[], alias: string, aliases: Aliases): ObjectSql {
  const scans = aggregateScans(fields, alias, aliases);
  const json = (field: BoundField): string =>
    field.kind === 'aggregate'
      ? scans.json(field)
      : field.kind === 'object'
        ? keyed(field.fields)
        : fieldJson(field, alias, aliases);
  function keyed(nested: readonly BoundField[]): string {
    const pieces = nested.flatMap((field, at) => [
      quoteLiteral(`${at === 0 ? '{' : ','}${JSON.stringify(field.name)}:`),
      json(field),
    ]);
    return concatenated(nested.length === 0 ? [`'{}'`] : [...pieces, `'}'`]);
  }
  return { json: keyed(fields), joins: scans.joins.map((join) => ` ${join}`).join('') };
}

function concatenated(pieces: readonly string[]): string {
  if (pieces.length <= piecesPerGroup) return `(${pieces.join(' || ')})`;
  const groups: string[] = [];
  for (let at = 0; at < pieces.length; at += piecesPerGroup) {
    groups.push(concatenated(pieces.slice(at, at + piecesPerGroup)));
  }
  return concatenated(groups);
}

/** Never SQL NULL: one NULL piece would make the whole document NULL. */
function fieldJson(
  field: Exclude<BoundField, { kind: 'aggregate' | 'object' }>,
  alias: string,
  aliases: Aliases,
): string {
  switch (field.kind) {
    case 'scalar': {
      const value = columnJson(columnOf(alias, field.column), field.column, field.transforms);
      return field.default === null ? orNull(value) : `coalesce(${value}, ${constantJson(field.default)})`;
    }
    case 'constant':
      return constantJson(field.value);
    case 'geo':
      return orNull(geoJson(field.source, alias));
    case 'map': {
      const column = typed(columnOf(alias, field.column), field.column);
      return orNull(
        `CASE WHEN ${field.column.type.name}_typeof(${column}) = 'object' THEN ${valueJson(column, field.column.type)} END`,
      );
    }
    case 'join':
      return field.relation.join === 'belongs_to' || field.relation.join === 'has_one'
        ? oneSql(field, alias, aliases)
        : manySql(field, alias, aliases);
  }
}

function manySql(field: BoundJoin, parent: string, aliases: Aliases): string {
  const { relation, orderBy, limit } = field;
  const rows = relatedRows(relation, parent, aliases);
  const object = objectSql(field.fields, rows.alias, aliases);
  const order = orderTerms(orderBy, relation.key, rows.alias);
  const array = `'[' || coalesce(string_agg(${object.json}, ',' ORDER BY ${order}), '') || ']'`;
  if (limit === null) return `(SELECT ${array} FROM ${rows.from}${object.joins} WHERE ${rows.where})`;
  const limited = `(SELECT ${rows.alias}.* FROM ${rows.from} WHERE ${rows.where} ORDER BY ${order} LIMIT ${limit}) AS ${rows.alias}`;
  return `(SELECT ${array} FROM ${limited}${object.joins})`;
}

function oneSql(field: BoundJoin, parent: string, aliases: Aliases): string {
  const { relation, orderBy } = field;
  const rows = relatedRows(relation, parent, aliases);
  const object = objectSql(field.fields, rows.alias, aliases);
  if (atMostOne(relation)) {
    return orNull(`(SELECT ${object.json} FROM ${rows.from}${object.joins} WHERE ${rows.where})`);
  }
  const order = orderTerms(orderBy, relation.key, rows.alias);
  const first = `(SELECT ${rows.alias}.* FROM ${rows.from} WHERE ${rows.where} ORDER BY ${order} LIMIT 1) AS ${rows.alias}`;
  return orNull(`(SELECT ${object.json} FROM ${first}${object.joins})`);
}

/** A second row would be an error of the whole statement, so only an index may promise this. */
function atMostOne({ table, pairs, through }: BoundRelation): boolean {
  return (
    through === null &&
    isUnique(
      table,
      pairs.map(({ right }) => right.name),
    )
  );
}

function geoJson(source: BoundGeoSource, alias: string): string {
  if (source.kind === 'coordinates') {
    return pointJson(
      number(typed(columnOf(alias, source.lat), source.lat), source.lat.type.name),
      number(typed(columnOf(alias, source.lon), source.lon), source.lon.type.name),
    );
  }
  const column = typed(columnOf(alias, source.column), source.column);
  const { type } = source.column;
  if (type.name === 'point')
    return pointJson(number(`(${column})[1]`, 'float8'), number(`(${column})[0]`, 'float8'));
  const value = valueJson(column, type);
  if (type.name !== 'json' && type.name !== 'jsonb') return value;
  return `CASE WHEN ${type.name}_typeof(${column}) = 'object' AND (${column} ->> 'lat' IS NULL OR ${column} ->> 'lon' IS NULL) AND ${column} ->> 'type' IS NULL OR ${type.name}_typeof(${column}) = 'null' THEN NULL ELSE ${value} END`;
}

/** NULL where a coordinate is: `||` with NULL gives NULL. */
function pointJson(lat: string, lon: string): string {
  return `'{"lat":' || ${lat} || ',"lon":' || ${lon} || '}'`;
}

function number(expression: string, type: string): string {
  return type.startsWith('int') ? `${expression}::text` : finite(expression, `(${expression})::text`);
}
