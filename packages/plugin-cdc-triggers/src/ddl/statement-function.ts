import { quoteIdentifier } from '@sluice/postgres';
import type { CapturedTable } from './capture-function.ts';
import { isCheap, valueText } from './columns.ts';

/** Tuples in one row of the outbox. */
const chunkSize = 500;

/** Names of the transition tables. */
export const oldTable = 'sluice_old';
export const newTable = 'sluice_new';

/**
 * Branches by statement kind. Old and new rows are never joined: the plan is cached per session, and
 * one made for a single row takes minutes for many. Instead both sides are put in one heap and sorted
 * out by key.
 */
export function statementBranches(table: CapturedTable): string {
  return `IF TG_OP = 'UPDATE' THEN
      v_op := 'u';
      ${collect(changedTuples(table))}
    ELSIF TG_OP = 'INSERT' THEN
      v_op := 'i';
      ${collect(tuples(table, newTable))}
    ELSIF TG_OP = 'DELETE' THEN
      v_op := 'd';
      ${collect(tuples(table, oldTable))}`;
}

function collect(rows: string): string {
  return `SELECT array_agg(j) INTO v_chunks FROM (
        SELECT jsonb_agg(q.tuple) AS j
        FROM (SELECT tuple, (row_number() OVER () - 1) / ${chunkSize} AS chunk FROM (${rows}) AS t) AS q
        GROUP BY q.chunk) AS x;`;
}

function tuples(table: CapturedTable, from: string): string {
  const values = table.columns.map((column) => valueText(column, 'r'));
  return `SELECT jsonb_build_array(${values.join(', ')}) AS tuple FROM ${from} AS r`;
}

/**
 * One group for each key and links, old and new rows together: in most of them one of each. Where the
 * rest of both prints the same there is no change. Several rows may share their links in a table without
 * a key: then one difference among them reports them all, which costs a build and misses nothing.
 */
function changedTuples(table: CapturedTable): string {
  const reported = new Set(table.columns.map(({ name }) => name));
  const others = table.watched.filter(({ name }) => !reported.has(name));
  const picture = others.map((column) =>
    isCheap(column) ? `r.${quoteIdentifier(column.name)}` : `r.${quoteIdentifier(column.name)}::text`,
  );
  // What is equal may print differently, and is then another key.
  const keys = table.columns.map((column, index) =>
    isCheap(column)
      ? `r.${quoteIdentifier(column.name)} AS c${index}`
      : `${valueText(column, 'r')} COLLATE "C" AS c${index}`,
  );
  const names = table.columns.map((_, index) => `c${index}`);
  const image = picture.length === 0 ? [] : [`ROW(${picture.join(', ')})::text COLLATE "C" AS image`];
  const differs = picture.length === 0 ? '' : ' OR min(image) <> max(image)';
  const side = (from: string, sign: number) =>
    `SELECT ${[...keys, ...image, `${sign} AS sign`].join(', ')} FROM ${from} AS r`;
  const values = names.map((name) => `${name}::text`).join(', ');
  return `SELECT jsonb_build_array(${values}) AS tuple FROM (
          ${side(oldTable, 1)} UNION ALL ${side(newTable, -1)}) AS u
          GROUP BY ${names.length === 0 ? '()' : names.join(', ')} HAVING sum(sign) <> 0${differs}`;
}
