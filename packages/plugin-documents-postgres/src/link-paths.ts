import type { TableName } from '@sluice/core';
import type { CatalogColumn } from '@sluice/postgres';
import type { BoundField, BoundIndex, BoundRelation } from './bound.ts';
import { sameText } from './key-text.ts';
import { type ChangedSide, changedColumns, resolveStatement } from './sql/resolve-statement.ts';

/** One way from a table up to the root. A table that is joined twice has two. */
export interface LinkPath {
  readonly table: TableName;
  /** The fields that read the table this way, `orders.items`. */
  readonly fields: readonly string[];
  readonly relations: readonly BoundRelation[];
  readonly side: ChangedSide;
  /** Columns of the changed row whose values lead upward. */
  readonly columns: readonly CatalogColumn[];
  /**
   * For each key column of the root, where its value stands in `columns`: the values *are* the
   * documents' keys and nothing needs to be asked. null: ask.
   */
  readonly direct: readonly number[] | null;
  readonly first: string;
  readonly later: string;
}

/** Every way up, in the order of the schema; fields that a change reaches by the same way share one. */
export function linkPaths(index: BoundIndex): readonly LinkPath[] {
  const paths = new Map<string, LinkPath>();
  for (const path of pathsOf(index, index.fields, [], [])) {
    const way = JSON.stringify([path.table, path.columns.map(({ name }) => name), path.first]);
    const same = paths.get(way);
    paths.set(way, same === undefined ? path : { ...same, fields: [...same.fields, ...path.fields] });
  }
  return [...paths.values()];
}

function pathsOf(
  index: BoundIndex,
  fields: readonly BoundField[],
  above: readonly BoundRelation[],
  names: readonly string[],
): LinkPath[] {
  return fields.flatMap((field) => {
    const name = [...names, field.name];
    if (field.kind === 'object') return pathsOf(index, field.fields, above, name);
    if (field.kind !== 'join' && field.kind !== 'aggregate') return [];
    const relations = [...above, field.relation];
    const { through, table } = field.relation;
    const path = (of: TableName, side: ChangedSide): LinkPath => ({
      table: { schema: of.schema, name: of.name },
      fields: [name.join('.')],
      relations,
      side,
      columns: changedColumns(relations, side),
      direct: directKey(index, relations, side),
      first: resolveStatement(index, relations, side, 'first'),
      later: resolveStatement(index, relations, side, 'later'),
    });
    return [
      path(table, 'related'),
      ...(through === null ? [] : [path(through.table, 'junction')]),
      ...(field.kind === 'join' ? pathsOf(index, field.fields, relations, name) : []),
    ];
  });
}

/**
 * A child of the root, or a junction beside it, whose columns equal the root's key, where the key
 * alone says the place and equal values have equal text.
 */
function directKey(
  { key, docId, routing }: BoundIndex,
  relations: readonly BoundRelation[],
  side: ChangedSide,
): readonly number[] | null {
  const [relation] = relations;
  if (relation === undefined || relations.length > 1 || routing !== null) return null;
  if (side === 'related' && relation.through !== null) return null;
  if (docId.some((column, at) => column.name !== key[at]?.name) || docId.length !== key.length) return null;
  const positions = key.map((column) =>
    relation.pairs.findIndex(({ left, right }) => left.name === column.name && sameText(left, right)),
  );
  return positions.includes(-1) || relation.pairs.length !== key.length ? null : positions;
}
