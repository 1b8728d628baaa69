import type { CatalogColumn } from '@sluice/postgres';
import { quoteTable } from '@sluice/postgres';
import type { BoundOrder, BoundRelation, ColumnPair } from '../bound.ts';
import { filterConditions, tableSource } from './filters.ts';
import { type Aliases, allOf, columnOf, equals } from './names.ts';

/** The related rows of one row, as parts of a statement. */
export interface RelatedRows {
  readonly alias: string;
  readonly from: string;
  readonly where: string;
}

/**
 * FROM and WHERE that give each related row of `parent` once. A junction that may hold a pair twice
 * is only asked whether it holds it.
 */
export function relatedRows(relation: BoundRelation, parent: string, aliases: Aliases): RelatedRows {
  const alias = aliases.take();
  const from = tableSource(relation.table, relation.filters, alias);
  const conditions = filterConditions(relation.filters, alias);
  const { through } = relation;
  if (through === null) {
    return { alias, from, where: allOf([...pairConditions(relation.pairs, parent, alias), ...conditions]) };
  }
  const junction = aliases.take();
  const source = `${quoteTable(through.table)} AS ${junction}`;
  const near = pairConditions(relation.pairs, parent, junction);
  const far = pairConditions(through.pairs, junction, alias);
  if (through.unique) {
    return { alias, from: `${source} JOIN ${from} ON ${allOf(far)}`, where: allOf([...near, ...conditions]) };
  }
  const joined = `EXISTS (SELECT FROM ${source} WHERE ${allOf([...near, ...far])})`;
  return { alias, from, where: allOf([joined, ...conditions]) };
}

/** `left = right` for each pair. */
export function pairConditions(pairs: readonly ColumnPair[], left: string, right: string): string[] {
  return pairs.map((pair) => equals(columnOf(right, pair.right), pair.right.type, columnOf(left, pair.left)));
}

/** ORDER BY terms that leave no tie: the order asked for, then the key. */
export function orderTerms(
  orderBy: readonly BoundOrder[],
  key: readonly CatalogColumn[],
  alias: string,
): string {
  const asked = orderBy.map(({ column, direction, nulls }) => {
    const suffix = nulls === null ? '' : ` NULLS ${nulls.toUpperCase()}`;
    return `${columnOf(alias, column)}${direction === 'desc' ? ' DESC' : ''}${suffix}`;
  });
  return [...asked, ...key.map((column) => columnOf(alias, column))].join(', ');
}
