import type { FilterOperator, FilterValue } from '@sluice/core';
import type { CatalogColumn, CatalogTable } from '@sluice/postgres';
import { quoteLiteral, quoteTable } from '@sluice/postgres';
import type { BoundFilter } from '../bound.ts';
import { columnOf, operator, typeName } from './names.ts';

/**
 * The table as a FROM item. Raw filters stand in a subselect of their own, so that their names mean
 * this table's columns whatever else the statement reads.
 */
export function tableSource(table: CatalogTable, filters: readonly BoundFilter[], alias: string): string {
  const raw = filters.filter((filter) => filter.kind === 'raw').map(({ sql }) => `(${sql})`);
  if (raw.length === 0) return `${quoteTable(table)} AS ${alias}`;
  return `(SELECT * FROM ${quoteTable(table)} WHERE ${raw.join(' AND ')}) AS ${alias}`;
}

/** Conditions of the filters that are not raw. */
export function filterConditions(filters: readonly BoundFilter[], alias: string): string[] {
  return filters.flatMap((filter) => (filter.kind === 'column' ? [columnFilter(filter, alias)] : []));
}

const comparisons = { eq: '=', neq: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function isComparison(op: FilterOperator): op is keyof typeof comparisons {
  return Object.hasOwn(comparisons, op);
}

function columnFilter(
  { column, op, values }: Extract<BoundFilter, { kind: 'column' }>,
  alias: string,
): string {
  const subject = columnOf(alias, column);
  const literals = values.map((value) => literal(value, column));
  const first = literals[0] ?? 'NULL';
  if (isComparison(op)) return `${subject} ${operator(column.type, comparisons[op])} ${first}`;
  const equal = operator(column.type, '=');
  switch (op) {
    case 'is_null':
      return `${subject} IS NULL`;
    case 'is_not_null':
      return `${subject} IS NOT NULL`;
    case 'in':
      return `${subject} ${equal} ANY (${arrayOf(literals, column)})`;
    case 'not_in':
      return `${subject} ${operator(column.type, '<>')} ALL (${arrayOf(literals, column)})`;
    case 'between':
      return `(${subject} ${operator(column.type, '>=')} ${first} AND ${subject} ${operator(column.type, '<=')} ${literals[1] ?? 'NULL'})`;
    case 'like':
      return `${subject}::text LIKE ${quoteLiteral(String(values[0]))}`;
    case 'ilike':
      return `${subject}::text ILIKE ${quoteLiteral(String(values[0]))}`;
  }
}

function literal(value: FilterValue, column: CatalogColumn): string {
  return `${quoteLiteral(String(value))}::${typeName(column.type)}`;
}

function arrayOf(literals: readonly string[], column: CatalogColumn): string {
  return `ARRAY[${literals.join(', ')}]::${typeName(column.type)}[]`;
}
