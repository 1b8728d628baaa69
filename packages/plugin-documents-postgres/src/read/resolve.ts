import type { Change, DocumentKey, TableName } from '@sluice/core';
import { encodeId } from '../document-id.ts';
import { canonicalKeyText } from '../key-text.ts';
import type { LinkPath } from '../link-paths.ts';
import { columnLists, linkValues, statesOf, TupleSet } from '../link-values.ts';
import type { Session } from '../session.ts';
import { type CompiledIndex, documentKeyOf } from './compiled.ts';

/** Keys yielded at a time. */
const pageSize = 5_000;
/** Keys asked for by one statement at most: later pages are larger, since each looks at the whole join again. */
const longestPage = 40_000;
/** Values given to one statement at most. */
const valuesPerStatement = 10_000;

/** Pages of the keys of every document that the changed rows are, or were, part of. */
export async function* resolveChanges(
  session: Session,
  index: CompiledIndex,
  changes: readonly Change[],
): AsyncGenerator<readonly DocumentKey[]> {
  yield* pagesOf(rootKeys(index, changes));
  for (const path of index.paths) {
    const tuples = new TupleSet();
    for (const change of changes) {
      if (!sameTable(change.table, path.table)) continue;
      for (const state of statesOf(change)) {
        const values = linkValues(change, state, path.columns, index.name);
        if (values !== null) tuples.add(values);
      }
    }
    for (const chunk of tuples.chunks(valuesPerStatement)) {
      if (path.direct !== null) yield* pagesOf(directKeys(index, path.direct, chunk));
      else yield* climb(session, index, path, chunk);
    }
  }
}

/** A changed root row is its own document, where it was and where it is. */
function rootKeys(index: CompiledIndex, changes: readonly Change[]): readonly DocumentKey[] {
  const { root, key, docId, routing } = index.bound;
  const columns = [...key, ...docId, ...(routing === null ? [] : [routing])];
  const keys = new Map<string, DocumentKey>();
  for (const change of changes) {
    if (!sameTable(change.table, root)) continue;
    for (const state of statesOf(change)) {
      // A NULL routing is a place of its own; key and id are never NULL.
      const values = linkValues(change, withoutNull(state, routing?.name), columns, index.name);
      if (values === null) continue;
      const texts = values.map((value, at) => {
        const column = columns[at];
        return column === undefined ? value : canonicalKeyText(value, column);
      });
      const id = encodeId(texts.slice(key.length, key.length + docId.length));
      const noRouting = routing === null || state[routing.name] === null;
      const place = noRouting ? null : (texts.at(-1) ?? null);
      keys.set(JSON.stringify([id, place]), { key: texts.slice(0, key.length), id, routing: place });
    }
  }
  return [...keys.values()];
}

function withoutNull(
  state: Readonly<Record<string, string | null>>,
  column: string | undefined,
): Readonly<Record<string, string | null>> {
  return column !== undefined && state[column] === null ? { ...state, [column]: '' } : state;
}

function directKeys(
  index: CompiledIndex,
  positions: readonly number[],
  tuples: readonly (readonly string[])[],
): readonly DocumentKey[] {
  return tuples.map((tuple) => {
    const key = positions.map((position, at) => {
      const text = tuple[position] ?? '';
      const column = index.bound.key[at];
      return column === undefined ? text : canonicalKeyText(text, column);
    });
    return { key, id: encodeId(key), routing: null };
  });
}

/** Short statements, one after the other: no transaction stays open while documents are written. */
async function* climb(
  session: Session,
  index: CompiledIndex,
  path: LinkPath,
  tuples: readonly (readonly string[])[],
): AsyncGenerator<readonly DocumentKey[]> {
  const lists = columnLists(tuples, path.columns.length);
  const { key } = index.bound;
  let after: readonly string[] | null = null;
  for (let limit = pageSize; ; limit = Math.min(limit * 2, longestPage)) {
    const { rows } = await session.run({
      text: after === null ? path.first : path.later,
      values: [...lists, ...(after ?? []), limit],
      snapshotAt: 0,
      what: `find the documents of "${index.name}" that hold rows of ${path.table.schema}.${path.table.name}`,
      index: index.name,
    });
    const keys = rows.map((row) => documentKeyOf(index, row, 1)).filter((found) => found !== null);
    yield* pagesOf(keys);
    if (keys.length < limit) return;
    after = (rows.at(-1) ?? []).slice(1, 1 + key.length).map((cell) => cell ?? '');
  }
}

function* pagesOf(keys: readonly DocumentKey[]): Generator<readonly DocumentKey[]> {
  for (let at = 0; at < keys.length; at += pageSize) yield keys.slice(at, at + pageSize);
}

function sameTable(left: TableName, right: TableName): boolean {
  return left.schema === right.schema && left.name === right.name;
}
