import type { Relation, SourcePath } from '@sluice/core';
import { type CatalogColumn, type CatalogTable, isUnique, tableLabel } from '@sluice/postgres';
import type { BoundJunction, BoundRelation, ColumnPair } from '../bound.ts';
import { comparable } from '../key-text.ts';
import { bindFilters, type FilterProbe } from './filters.ts';
import { adviseIndex } from './index-advice.ts';
import { type BindContext, bindColumns, bindTable } from './tables.ts';
import { typeLabel } from './types.ts';

/** The nearer side of a join: the root, or the related table of the join around it. */
export interface NearSide {
  readonly table: CatalogTable;
  /** null where the table has none. */
  readonly key: readonly CatalogColumn[] | null;
}

/** A relation, with the key of its related table; null after an error was reported. */
export function bindRelation(
  context: BindContext,
  near: NearSide,
  relation: Relation,
  at: SourcePath,
  probes: FilterProbe[],
): BoundRelation | null {
  const table = bindTable(context, relation.table, [...at, 'table']);
  if (table === null) return null;
  const keyNames = relation.primaryKey ?? table.primaryKey;
  const key = keyNames === null ? [] : bindColumns(context, table, keyNames, [...at, 'primary_key']);
  if (key === null) return null;
  const filters = bindFilters(context, table, relation.filters);
  probes.push(...filters.probes);
  const joined = bindPairs(context, near, relation, { table, key }, at);
  if (joined === null) return null;
  return { join: relation.join, table, key, filters: filters.filters, ...joined };
}

type Joined = Pick<BoundRelation, 'pairs' | 'through'>;

function bindPairs(
  context: BindContext,
  near: NearSide,
  relation: Relation,
  far: { readonly table: CatalogTable; readonly key: readonly CatalogColumn[] },
  at: SourcePath,
): Joined | null {
  switch (relation.join) {
    case 'belongs_to': {
      const left = bindColumns(context, near.table, relation.columns, [...at, 'column']);
      const right = referenced(context, far.table, relation.references, far.key, [...at, 'references']);
      const pairs = left === null || right === null ? null : pairUp(context, left, right, [...at, 'column']);
      if (pairs === null) return null;
      adviseIndex(context, far.table, names(pairs, 'right'), at, 'is looked up for every document');
      adviseIndex(
        context,
        near.table,
        names(pairs, 'left'),
        at,
        `is searched whenever a row of ${tableLabel(far.table)} changes`,
      );
      return { pairs, through: null };
    }
    case 'has_one':
    case 'has_many': {
      const left = referenced(context, near.table, relation.references, near.key, [...at, 'references']);
      const right = bindColumns(context, far.table, relation.columns, [...at, 'foreign_key']);
      const pairs =
        left === null || right === null ? null : pairUp(context, left, right, [...at, 'foreign_key']);
      if (pairs === null) return null;
      adviseIndex(context, far.table, names(pairs, 'right'), at, 'is read for every document');
      adviseIndex(
        context,
        near.table,
        names(pairs, 'left'),
        at,
        `is searched whenever a row of ${tableLabel(far.table)} changes`,
      );
      return { pairs, through: null };
    }
    case 'many_to_many':
      return bindThrough(context, near, relation, far, at);
  }
}

function bindThrough(
  context: BindContext,
  near: NearSide,
  { through, references }: Relation,
  far: { readonly table: CatalogTable; readonly key: readonly CatalogColumn[] },
  at: SourcePath,
): Joined | null {
  const path = [...at, 'through'];
  if (through === null) {
    context.report.error(
      'SLUICE_SCHEMA_INVALID',
      at,
      'A many_to_many needs its junction.',
      'Add through: {table, left_key, right_key}.',
    );
    return null;
  }
  const table = bindTable(context, through.table, [...path, 'table']);
  if (table === null) return null;
  const nearKey = referenced(context, near.table, references, near.key, [...at, 'references']);
  const farKey = referenced(context, far.table, null, far.key, [...at, 'primary_key']);
  const leftKey = bindColumns(context, table, through.leftKey, [...path, 'left_key']);
  const rightKey = bindColumns(context, table, through.rightKey, [...path, 'right_key']);
  if (nearKey === null || farKey === null || leftKey === null || rightKey === null) return null;
  const pairs = pairUp(context, nearKey, leftKey, [...path, 'left_key']);
  const onward = pairUp(context, rightKey, farKey, [...path, 'right_key']);
  if (pairs === null || onward === null) return null;
  adviseIndex(context, table, names(pairs, 'right'), path, 'is read for every document');
  adviseIndex(
    context,
    table,
    names(onward, 'left'),
    path,
    `is searched whenever a row of ${tableLabel(far.table)} changes`,
  );
  const junction: BoundJunction = {
    table,
    pairs: onward,
    unique: isUnique(table, [...names(pairs, 'right'), ...names(onward, 'left')]),
  };
  return { pairs, through: junction };
}

/** The columns that the other side's columns name: as written, or the key. */
function referenced(
  context: BindContext,
  table: CatalogTable,
  written: readonly string[] | null,
  key: readonly CatalogColumn[] | null,
  path: SourcePath,
): readonly CatalogColumn[] | null {
  if (written !== null) return bindColumns(context, table, written, path);
  if (key !== null && key.length > 0) return key;
  context.report.error(
    'SLUICE_SCHEMA_KEY',
    path,
    `${tableLabel(table)} has no primary key for the join to refer to.`,
    'Name the columns with references, or the key with primary_key.',
  );
  return null;
}

function pairUp(
  { report }: BindContext,
  left: readonly CatalogColumn[],
  right: readonly CatalogColumn[],
  path: SourcePath,
): readonly ColumnPair[] | null {
  if (left.length !== right.length) {
    report.error(
      'SLUICE_SCHEMA_KEY',
      path,
      `The join compares ${list(left)} with ${list(right)}: ${left.length} and ${right.length} columns.`,
      'List as many columns as the key on the other side has, in its order.',
    );
    return null;
  }
  const pairs: ColumnPair[] = [];
  for (const [at, column] of left.entries()) {
    const other = right[at];
    if (other === undefined) continue;
    if (!comparable(column, other)) {
      report.error(
        'SLUICE_SCHEMA_TYPE',
        path,
        `The join compares "${column.name}" (${typeLabel(column)}) with "${other.name}" (${typeLabel(other)}), which no index can do.`,
        'Give both columns the same type.',
      );
      return null;
    }
    pairs.push({ left: column, right: other });
  }
  return pairs;
}

function names(pairs: readonly ColumnPair[], side: keyof ColumnPair): readonly string[] {
  return pairs.map((pair) => pair[side].name);
}

function list(columns: readonly CatalogColumn[]): string {
  return `(${columns.map(({ name }) => name).join(', ')})`;
}
