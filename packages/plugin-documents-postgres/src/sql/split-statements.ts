import { quoteTable } from '@sluice/postgres';
import type { BoundIndex } from '../bound.ts';
import { rootAlias, rootColumns, wholeRootSource } from './root.ts';
import { atLeastOneRow } from './statements.ts';

/**
 * Every `$1`-th key and the last one, from a walk over the key's index: snapshot, rows in all, key
 * columns. At least one row: for an empty table one of NULLs.
 */
export function exactSplitStatement(index: BoundIndex): string {
  const keys = rootColumns(index.key);
  const names = keys.map((_key, at) => `k${at}`);
  const walk = `SELECT ${keys.map((key, at) => `${key} AS k${at}`).join(', ')}, row_number() OVER (ORDER BY ${keys.join(', ')}) AS n FROM ${wholeRootSource(index)}`;
  return boundaries(
    `SELECT ${names.join(', ')}, n, max(n) OVER () AS total FROM (${walk}) AS w`,
    names,
    '(d.n % $1::int8 = 0 OR d.n = d.total)',
  );
}

/**
 * The last key of each of `$1` equal shares of a sample of the blocks (`$2` percent of them). Reads
 * those blocks only, whatever the table's size. Columns as `exactSplitStatement`, rows of the sample.
 */
export function sampledSplitStatement(index: BoundIndex): string {
  const keys = rootColumns(index.key);
  const names = keys.map((_key, at) => `k${at}`);
  const order = `ORDER BY ${keys.join(', ')}`;
  const sample = `SELECT ${keys.map((key, at) => `${key} AS k${at}`).join(', ')}, ntile($1::int4) OVER (${order}) AS tile, row_number() OVER (${order}) AS n FROM ${quoteTable(index.root)} AS ${rootAlias} TABLESAMPLE SYSTEM ($2::float4)`;
  const marked = `SELECT ${names.join(', ')}, n, tile IS DISTINCT FROM lead(tile) OVER (ORDER BY n) AS last, count(*) OVER () AS total FROM (${sample}) AS w`;
  return boundaries(marked, names, 'd.last');
}

function boundaries(rows: string, names: readonly string[], condition: string): string {
  const kept = `SELECT * FROM (${rows}) AS d WHERE ${condition} ORDER BY d.n`;
  return atLeastOneRow(['d.total', ...names.map((name) => `d.${name}`)], kept);
}

/** Rows of the tables under `$1` (an oid), from their present size and the density last seen. */
export const estimateRowsSql = `
SELECT coalesce(sum(
         CASE WHEN c.relpages > 0 AND c.reltuples >= 0
              THEN c.reltuples::float8 / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int8)
              ELSE pg_relation_size(c.oid) / 100 END), 0)::int8 AS rows
  FROM pg_class c
 WHERE c.oid = $1::oid OR c.oid IN (SELECT relid FROM pg_partition_tree($1::oid) WHERE isleaf)`;
