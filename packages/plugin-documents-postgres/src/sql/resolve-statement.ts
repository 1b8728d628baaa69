import type { CatalogColumn } from '@sluice/postgres';
import { quoteTable } from '@sluice/postgres';
import type { BoundIndex, BoundRelation } from '../bound.ts';
import { Aliases, allOf, columnOf, equals } from './names.ts';
import { pairConditions } from './relation.ts';
import { rootAlias, rootColumns, wholeRootSource } from './root.ts';
import { atLeastOneRow, keyList, keyset, placeColumns } from './statements.ts';

/** Which table of the last relation changed. */
export type ChangedSide = 'related' | 'junction';

/**
 * From values of `columns` in changed rows up to the root rows whose documents hold them, as the
 * rows between are now: snapshot, key, id columns, routing; in key order, each key once.
 *
 * Parameters: one list per column, then the key to begin after (on later pages), then the limit. At
 * least one row: without keys one of NULLs. Filters are not asked: a row that just left the set
 * needs its document removed.
 */
export function resolveStatement(
  index: BoundIndex,
  relations: readonly BoundRelation[],
  side: ChangedSide,
  page: 'first' | 'later',
): string {
  const columns = changedColumns(relations, side);
  const after = columns.length + 1;
  const limit = page === 'first' ? after : after + index.key.length;
  const keys = rootColumns(index.key);
  const where = page === 'first' ? '' : ` WHERE ${keyset(index.key, '>', after)}`;
  const rows =
    `SELECT DISTINCT ON (${keys.join(', ')}) ${keys.map((key, at) => `${key} AS k${at}`).join(', ')}, ${placeColumns(index).join(', ')}` +
    ` FROM ${keyList(columns, 'v')}${climb(index, relations, side)}${where}` +
    ` ORDER BY ${keys.join(', ')} LIMIT $${limit}::int8`;
  const outer = [
    ...index.key.map((_column, at) => `d.k${at}`),
    ...index.docId.map((_column, at) => `d.id${at}`),
    'd.routing',
  ];
  return atLeastOneRow(outer, rows);
}

/** The columns of the changed table whose values, before and after, lead upward. */
export function changedColumns(
  relations: readonly BoundRelation[],
  side: ChangedSide,
): readonly CatalogColumn[] {
  const last = relations.at(-1);
  if (last === undefined) throw new RangeError('The root has no way up.');
  const pairs = side === 'related' && last.through !== null ? last.through.pairs : last.pairs;
  return pairs.map(({ right }) => right);
}

function climb(index: BoundIndex, relations: readonly BoundRelation[], side: ChangedSide): string {
  const aliases = new Aliases();
  const joins: string[] = [];
  let below = 'v';
  let fromValues = true;
  for (let depth = relations.length - 1; depth >= 0; depth -= 1) {
    const relation = relations[depth];
    if (relation === undefined) break;
    const above = relations[depth - 1];
    const alias = depth === 0 ? rootAlias : aliases.take();
    const source = above === undefined ? wholeRootSource(index) : `${quoteTable(above.table)} AS ${alias}`;
    const { through } = relation;
    if (through !== null && !(fromValues && side === 'junction')) {
      const junction = aliases.take();
      const far = fromValues
        ? valueConditions(through.pairs, junction, (pair) => pair.left)
        : pairConditions(through.pairs, junction, below);
      joins.push(` JOIN ${quoteTable(through.table)} AS ${junction} ON ${allOf(far)}`);
      joins.push(` JOIN ${source} ON ${allOf(pairConditions(relation.pairs, alias, junction))}`);
    } else {
      const near = fromValues
        ? valueConditions(relation.pairs, alias, (pair) => pair.left)
        : pairConditions(relation.pairs, alias, below);
      joins.push(` JOIN ${source} ON ${allOf(near)}`);
    }
    below = alias;
    fromValues = false;
  }
  return joins.join('');
}

function valueConditions(
  pairs: BoundRelation['pairs'],
  alias: string,
  side: (pair: BoundRelation['pairs'][number]) => CatalogColumn,
): string[] {
  return pairs.map((pair, at) => {
    const column = side(pair);
    return equals(columnOf(alias, column), column.type, `v.k${at}`);
  });
}
