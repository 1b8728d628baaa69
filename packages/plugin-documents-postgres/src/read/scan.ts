import type { Document, KeyRange, OnUnbuildable, RangeSplit } from '@sluice/core';
import type { Answer, Row, Session } from '../session.ts';
import { estimateRowsSql, exactSplitStatement, sampledSplitStatement } from '../sql/split-statements.ts';
import { buildDocuments } from './build.ts';
import { type CompiledIndex, documentKeyOf } from './compiled.ts';
import { isUnbuildable } from './unbuildable.ts';

/** Tables up to this many rows are parted exactly, by a walk over the index of the key. */
const defaultExactRows = 2_000_000;
/** Rows sampled for each range. */
const sampledPerRange = 30;
const rangesAtMost = 100_000;

/** Every document in the range, page by page, each page from one short statement. */
export async function* scanRange(
  session: Session,
  index: CompiledIndex,
  range: KeyRange,
  pageSize: number,
  onUnbuildable?: OnUnbuildable,
): AsyncGenerator<readonly Document[]> {
  const bodyAt = 1 + index.bound.key.length + index.bound.docId.length + 1;
  let from: readonly string[] | null = range.from;
  for (;;) {
    const limit = index.pages.limit(pageSize);
    let answer: Answer;
    try {
      answer = await readPage(session, index, index.scan, { from, to: range.to }, limit);
    } catch (error) {
      if (!isUnbuildable(error)) throw error;
      yield* scanByKeys(session, index, { from, to: range.to }, pageSize, onUnbuildable);
      return;
    }
    const { rows, snapshot } = answer;
    const documents: Document[] = [];
    for (const row of rows) {
      const key = documentKeyOf(index, row, 1);
      const body = row[bodyAt];
      if (key !== null && body != null) documents.push({ ...key, version: snapshot.version, body });
    }
    index.pages.observe(documents);
    if (documents.length > 0) yield documents;
    if (documents.length < limit) return;
    from = lastKey(index, rows);
  }
}

/**
 * As `scanRange`, by the keys of the rows: for a range with a row on which an expression fails, which
 * is so found, and named or left out. Goes on where there is none any more.
 */
async function* scanByKeys(
  session: Session,
  index: CompiledIndex,
  range: KeyRange,
  pageSize: number,
  onUnbuildable?: OnUnbuildable,
): AsyncGenerator<readonly Document[]> {
  let from = range.from;
  for (;;) {
    const limit = index.pages.limit(pageSize);
    const { rows } = await readPage(session, index, index.places, { from, to: range.to }, limit);
    const keys = rows.map((row) => documentKeyOf(index, row, 1)).filter((key) => key !== null);
    const built = await buildDocuments(session, index, keys, onUnbuildable);
    const documents = built.filter(({ body }) => body !== null);
    index.pages.observe(documents);
    if (documents.length > 0) yield documents;
    if (keys.length < limit) return;
    from = lastKey(index, rows);
  }
}

async function readPage(
  session: Session,
  index: CompiledIndex,
  statement: CompiledIndex['scan'],
  { from, to }: KeyRange,
  limit: number,
): Promise<Answer> {
  return session.run({
    text: statement({ from: from !== null, to: to !== null }),
    values: [...(from ?? []), ...(to ?? []), limit],
    snapshotAt: 0,
    what: `scan documents of "${index.name}"`,
    index: index.name,
  });
}

function lastKey(index: CompiledIndex, rows: readonly Row[]): readonly string[] {
  return (rows.at(-1) ?? []).slice(1, 1 + index.bound.key.length).map((cell) => cell ?? '');
}

/**
 * Ranges of about `size` rows. Bounds are keys in the order of the key's own index and collation; the
 * first and the last range are open, so that rows made later fall into one of them.
 */
export async function splitRoot(
  session: Session,
  index: CompiledIndex,
  size: number,
  { exactRows = defaultExactRows }: { readonly exactRows?: number } = {},
): Promise<RangeSplit> {
  const what = `part ${index.bound.root.schema}.${index.bound.root.name} into ranges`;
  const estimate = await session.ask(estimateRowsSql, [index.bound.root.oid], what);
  const estimated = Number(estimate[0]?.[0] ?? 0);
  const exact = estimated <= exactRows;
  const ranges = Math.min(rangesAtMost, Math.max(1, Math.ceil(estimated / size)));
  const percent = Math.min(100, (ranges * sampledPerRange * 100) / Math.max(1, estimated));
  const { rows } = await session.run({
    text: exact ? exactSplitStatement(index.bound) : sampledSplitStatement(index.bound),
    values: exact ? [size] : [ranges, percent],
    snapshotAt: 0,
    what,
    index: index.name,
  });
  const bounds = rows.slice(0, -1).map((row) => row.slice(2).map((cell) => cell ?? ''));
  return {
    ranges: [...bounds, null].map((to, at) => ({ from: at === 0 ? null : (bounds[at - 1] ?? null), to })),
    rows: exact ? Number(rows[0]?.[1] ?? 0) : estimated,
  };
}
