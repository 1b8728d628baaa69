import type { Filter, SourcePath } from '@sluice/core';
import { type CatalogTable, quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import type { BoundFilter } from '../bound.ts';
import { filterConditions, tableSource } from '../sql/filters.ts';
import { analyseRaw, type RawCondition } from './raw-sql.ts';
import { type BindContext, bindColumn } from './tables.ts';
import { isOrdered, isTextLike, typeLabel } from './types.ts';

/** Something that only the server can say of a filter. */
export interface FilterProbe {
  readonly path: SourcePath;
  /** A statement whose plan can be made if the filter is well-formed. */
  readonly sql: string;
  readonly calls: RawCondition['calls'];
  /** What to do where the server refuses it. */
  readonly hint?: string | undefined;
}

export interface BoundFilters {
  readonly filters: readonly BoundFilter[];
  readonly probes: readonly FilterProbe[];
}

/** Filters over one table. What is wrong is reported and left out. */
export function bindFilters(
  context: BindContext,
  table: CatalogTable,
  filters: readonly Filter[],
): BoundFilters {
  const bound: BoundFilter[] = [];
  const probes: FilterProbe[] = [];
  for (const filter of filters) {
    const result =
      filter.kind === 'raw' ? bindRaw(context, table, filter) : bindComparison(context, table, filter);
    if (result === null) continue;
    bound.push(result.filter);
    const conditions = filterConditions([result.filter], 't');
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const sql = `EXPLAIN (COSTS OFF) SELECT FROM ${tableSource(table, [result.filter], 't')}${where}`;
    probes.push({ path: filter.at, sql, calls: result.calls, hint: result.hint });
  }
  return { filters: bound, probes };
}

interface Bound {
  readonly filter: BoundFilter;
  readonly calls: RawCondition['calls'];
  readonly hint?: string | undefined;
}

function bindComparison(
  context: BindContext,
  table: CatalogTable,
  filter: Extract<Filter, { kind: 'column' }>,
): Bound | null {
  const { op, values, at } = filter;
  const column = bindColumn(context, table, filter.column, [...at, 'column']);
  if (column === null) return null;
  const { report } = context;
  const isNullTest = op === 'is_null' || op === 'is_not_null';
  const problem = (() => {
    if (isNullTest) return null;
    if (column.array) return 'Arrays can only be compared with is_null and is_not_null.';
    if ((op === 'like' || op === 'ilike') && !isTextLike(column)) return `${op} needs a text column.`;
    if (!isOrdered(column)) return `A ${column.type.name} column has no comparison.`;
    return null;
  })();
  if (problem !== null) {
    report.error('SLUICE_SCHEMA_TYPE', [...at, 'op'], `${problem} "${column.name}" is ${typeLabel(column)}.`);
    return null;
  }
  const moving = values.find((value) => meansPresent(value, column.type.name));
  if (moving !== undefined) {
    report.error(
      'SLUICE_SCHEMA_UNSAFE_SQL',
      [...at, 'value'],
      `'${String(moving)}' means the present: a document would change without any row changing.`,
      'Write the date itself.',
    );
    return null;
  }
  return { filter: { kind: 'column', column, op, values }, calls: [] };
}

function meansPresent(value: unknown, type: string): boolean {
  return (
    typeof value === 'string' &&
    /^(?:date|time)/.test(type) &&
    /^\s*(?:now|today|tomorrow|yesterday)\b/i.test(value)
  );
}

function bindRaw(
  context: BindContext,
  table: CatalogTable,
  filter: Extract<Filter, { kind: 'raw' }>,
): Bound | null {
  const { report } = context;
  const path = [...filter.at, 'raw'];
  const analysis = analyseRaw(filter.sql);
  const hint = 'A raw filter is a condition over the columns of its own row, built from immutable functions.';
  if (!analysis.ok) {
    report.error('SLUICE_SCHEMA_UNSAFE_SQL', path, `The raw filter is refused: ${analysis.reason}.`, hint);
    return null;
  }
  const { names, calls } = analysis.condition;
  if (names.has(table.name) && !table.columns.has(table.name)) {
    report.error(
      'SLUICE_SCHEMA_UNSAFE_SQL',
      path,
      `The raw filter is refused: it uses ${quoteTable(table)} as a whole row.`,
      hint,
    );
    return null;
  }
  const listed = (filter.dependsOn ?? []).map((name) =>
    bindColumn(context, table, name, [...filter.at, 'depends_on']),
  );
  if (listed.includes(null)) return null;
  const folded = quotingHint(table, names);
  const found = [...table.columns.values()].filter(
    (column) => names.has(column.name) || filter.dependsOn?.includes(column.name),
  );
  if (found.length === 0) {
    report.error(
      'SLUICE_SCHEMA_COLUMN',
      path,
      `The raw filter reads no column of ${tableLabel(table)}.`,
      folded ?? 'Name a column, or list what it depends on in depends_on.',
    );
    return null;
  }
  return { filter: { kind: 'raw', sql: filter.sql, columns: found }, calls, hint: folded };
}

/** Postgres folds names without quotes to lower case: a column that has capitals is not found by them. */
function quotingHint(table: CatalogTable, names: ReadonlySet<string>): string | undefined {
  const meant = [...table.columns.keys()].filter(
    (column) =>
      !names.has(column) && names.has(column.toLowerCase()) && !table.columns.has(column.toLowerCase()),
  );
  if (meant.length === 0) return undefined;
  const quoted = meant.map(quoteIdentifier).join(', ');
  return `Postgres folds names without quotes to lower case: write ${quoted}, with the double quotes.`;
}
