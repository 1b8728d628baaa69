import type { Document, KeyRange, RangeSplit } from '@sluice/core';
import type { Session } from '../session.ts';
import { estimateRowsSql, exactSplitStatement, sampledSplitStatement } from '../sql/split-statements.ts';
import { type CompiledIndex, documentKeyOf } from './compiled.ts';

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
): AsyncGenerator<readonly Document[]> {
  const width = index.bound.key.length;
  const bodyAt = 1 + width + index.bound.docId.length + 1;
  let from: readonly string[] | null = range.from;
  for (;;) {
    const { rows, snapshot } = await session.run({
      text: index.scan({ from: from !== null, to: range.to !== null }),
      values: [...(from ?? []), ...(range.to ?? []), pageSize],
      snapshotAt: 0,
      what: `scan documents of "${index.name}"`,
      index: index.name,
    });
    const documents: Document[] = [];
    for (const row of rows) {
      const key = documentKeyOf(index, row, 1);
      const body = row[bodyAt];
      if (key !== null && body != null) documents.push({ ...key, version: snapshot.version, body });
    }
    if (documents.length > 0) yield documents;
    if (documents.length < pageSize) return;
    from = (rows.at(-1) ?? []).slice(1, 1 + width).map((cell) => cell ?? '');
  }
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
