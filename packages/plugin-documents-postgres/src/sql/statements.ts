import type { CatalogColumn } from '@sluice/postgres';
import type { BoundIndex } from '../bound.ts';
import { objectSql } from './body.ts';
import { Aliases, allOf, columnOf, equals, operator, typeName } from './names.ts';
import {
  fencedRootSource,
  liveConditions,
  rootAlias,
  rootColumns,
  rootSource,
  wholeRootSource,
} from './root.ts';
import { snapshotSql } from './snapshot.ts';

/** One column list per parameter: `unnest($1::"pg_catalog"."int8"[], …) WITH ORDINALITY AS k(k0, …, n)`. */
export function keyList(columns: readonly CatalogColumn[], alias: string): string {
  const arrays = columns.map((column, at) => `$${at + 1}::${typeName(column.type)}[]`);
  const names = columns.map((_column, at) => `k${at}`);
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS ${alias}(${names.join(', ')}, n)`;
}

/**
 * How the rows of places are found: `together`, as Postgres plans it, or `each` by itself, where no
 * expression is evaluated on a row that was not asked for.
 */
export type Lookup = 'together' | 'each';

/**
 * Documents by the columns that make their `_id`, one row or more per place asked for: position,
 * snapshot, id columns, routing, body. A place without a live row has NULLs.
 */
export function buildStatement(index: BoundIndex, lookup: Lookup = 'together'): string {
  const body = objectSql(index.fields, rootAlias, new Aliases());
  const columns = [...placeColumns(index), `${body.json} AS body`];
  return placesStatement(index, lookup, columns, ['d.body'], body.joins);
}

/** As `buildStatement`, without the body. */
export function absentStatement(index: BoundIndex, lookup: Lookup = 'together'): string {
  return placesStatement(index, lookup, placeColumns(index), [], '');
}

function placesStatement(
  index: BoundIndex,
  lookup: Lookup,
  columns: readonly string[],
  more: readonly string[],
  joins: string,
): string {
  const found = allOf(
    index.docId.map((column, at) => equals(columnOf(rootAlias, column), column.type, `k.k${at}`)),
  );
  const live = liveConditions(index);
  const [source, conditions] =
    lookup === 'each' ? [fencedRootSource(index, found), live] : [rootSource(index), [found, ...live]];
  const row = `SELECT ${columns.join(', ')} FROM ${source}${joins} WHERE ${allOf(conditions)}`;
  const outer = ['k.n', snapshotSql, ...index.docId.map((_column, at) => `d.id${at}`), 'd.routing', ...more];
  return `SELECT ${outer.join(', ')} FROM ${keyList(index.docId, 'k')} LEFT JOIN LATERAL (${row}) AS d ON true`;
}

/** Which end of a page's range is open. */
export interface PageShape {
  readonly from: boolean;
  readonly to: boolean;
}

/**
 * One page of a range in key order: snapshot, key columns, id columns, routing, body. Parameters:
 * `from` (if any), `to` (if any), page size. At least one row: without documents one of NULLs.
 */
export function scanStatement(index: BoundIndex, shape: PageShape): string {
  const body = objectSql(index.fields, rootAlias, new Aliases());
  return pageStatement(index, shape, {
    source: rootSource(index),
    conditions: liveConditions(index),
    body: body.json,
    joins: body.joins,
  });
}

/** As `scanStatement`, of every row, live or not, without the body: no expression can fail on a row. */
export function placesPageStatement(index: BoundIndex, shape: PageShape): string {
  return pageStatement(index, shape, {
    source: wholeRootSource(index),
    conditions: [],
    body: null,
    joins: '',
  });
}

interface PageContent {
  readonly source: string;
  readonly conditions: readonly string[];
  /** null: key and place alone. */
  readonly body: string | null;
  readonly joins: string;
}

function pageStatement(
  index: BoundIndex,
  shape: PageShape,
  { source, conditions: more, body, joins }: PageContent,
): string {
  const keys = rootColumns(index.key);
  const width = index.key.length;
  const conditions = [
    ...(shape.from ? [keyset(index.key, '>', 1)] : []),
    ...(shape.to ? [keyset(index.key, '<=', shape.from ? width + 1 : 1)] : []),
    ...more,
  ];
  const limit = `$${(shape.from ? width : 0) + (shape.to ? width : 0) + 1}::int8`;
  const page = `SELECT ${rootAlias}.* FROM ${source} WHERE ${allOf(conditions)} ORDER BY ${keys.join(', ')} LIMIT ${limit}`;
  const columns = [
    ...keys.map((key, at) => `${key} AS k${at}`),
    ...placeColumns(index),
    ...(body === null ? [] : [`${body} AS body`]),
  ];
  const rows = `SELECT ${columns.join(', ')} FROM (${page}) AS ${rootAlias}${joins} ORDER BY ${keys.join(', ')}`;
  const outer = [
    ...index.key.map((_column, at) => `d.k${at}`),
    ...index.docId.map((_column, at) => `d.id${at}`),
    'd.routing',
    ...(body === null ? [] : ['d.body']),
  ];
  return atLeastOneRow(outer, rows);
}

/**
 * The rows in their order, each with its snapshot, or one row of NULLs, so that an answer without
 * rows says its snapshot too. One row joined with ordered ones can only be a nested loop, which keeps
 * their order; ORDER BY out here would make Postgres sort whole documents.
 */
export function atLeastOneRow(columns: readonly string[], rows: string): string {
  return `SELECT ${[snapshotSql, ...columns].join(', ')} FROM (VALUES (1)) AS one(n) LEFT JOIN (${rows}) AS d ON true`;
}

/**
 * Where the rows with these keys lie, live or not: position, snapshot, id columns, routing.
 */
export function locateStatement(index: BoundIndex): string {
  const found = index.key.map((column, at) => equals(columnOf(rootAlias, column), column.type, `k.k${at}`));
  const outer = ['k.n', snapshotSql, ...rootColumns(index.docId), routingColumn(index)];
  return `SELECT ${outer.join(', ')} FROM ${keyList(index.key, 'k')} LEFT JOIN ${wholeRootSource(index)} ON ${allOf(found)}`;
}

/**
 * Which transactions wrote the rows with these keys: position, snapshot, xmin (32 bits of a transaction
 * id), and the snapshot's xmax with all of its bits.
 */
export function lastWriterStatement(index: BoundIndex): string {
  const found = index.key.map((column, at) => equals(columnOf(rootAlias, column), column.type, `k.k${at}`));
  const outer = [
    'k.n',
    snapshotSql,
    `${rootAlias}.xmin::text`,
    'pg_snapshot_xmax(pg_current_snapshot())::text',
  ];
  return `SELECT ${outer.join(', ')} FROM ${keyList(index.key, 'k')} JOIN ${wholeRootSource(index)} ON ${allOf(found)}`;
}

/** The key after (or up to) parameters from `$first` on, in the order of the key's index. */
export function keyset(key: readonly CatalogColumn[], symbol: '>' | '<=', first: number): string {
  const columns = rootColumns(key);
  const values = key.map((column, at) => `$${first + at}::${typeName(column.type)}`);
  if (key.every(({ type }) => type.operatorSchema === 'pg_catalog')) {
    return key.length === 1
      ? `${columns[0]} ${symbol} ${values[0]}`
      : `(${columns.join(', ')}) ${symbol} (${values.join(', ')})`;
  }
  // A row comparison looks one operator up for all columns, which an extension's type does not share.
  return key.reduceRight((rest, { type }, at) => {
    const [column, value] = [columns[at] ?? '', values[at] ?? ''];
    const last = at === key.length - 1;
    const beyond = `${column} ${operator(type, last || symbol === '>' ? symbol : '<')} ${value}`;
    return last ? beyond : `(${beyond} OR (${equals(column, type, value)} AND ${rest}))`;
  }, '');
}

export function placeColumns(index: BoundIndex): string[] {
  return [
    ...rootColumns(index.docId).map((column, at) => `${column} AS id${at}`),
    `${routingColumn(index)} AS routing`,
  ];
}

function routingColumn({ routing }: BoundIndex): string {
  return routing === null ? 'NULL::text' : columnOf(rootAlias, routing);
}
