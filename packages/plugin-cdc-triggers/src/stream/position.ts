/**
 * Where a batch stands: `term:sequence:marker`.
 *
 * The outbox has no order of its own: rows appear as their transactions commit. So the order is the one
 * in which a reader yields batches. `term` counts the readers, one after the other, by the lease; two
 * readers never share one, so what a sink recorded under one reader is before all that the next one
 * acknowledges. `sequence` counts a reader's batches. `marker` is the highest marker row of `barrier`
 * at or before the batch.
 *
 * A barrier's position is `::marker`: it is compared by markers alone.
 */
export interface StreamPosition {
  readonly term: bigint;
  readonly sequence: bigint;
  readonly marker: bigint;
}

export function formatPosition({ term, sequence, marker }: StreamPosition): string {
  return `${term}:${sequence}:${marker}`;
}

export function formatBarrier(marker: bigint): string {
  return `::${marker}`;
}

/** Null for what is no position of this capture. */
function parse(
  text: string,
): { readonly place: readonly [bigint, bigint] | null; readonly marker: bigint } | null {
  const match = /^(?:(\d+):(\d+)|:):(\d+)$/.exec(text);
  if (match === null) return null;
  const [, term, sequence, marker = '0'] = match;
  const place: readonly [bigint, bigint] | null =
    term === undefined || sequence === undefined ? null : [BigInt(term), BigInt(sequence)];
  return { place, marker: BigInt(marker) };
}

/** Whether a text is a position of a batch, or of a barrier. */
export function isPosition(text: string): boolean {
  return parse(text) !== null;
}

export function markerOf(position: string): bigint {
  return parse(position)?.marker ?? 0n;
}

/** Negative when a is before b. What cannot be read is before everything: it leads to a reconcile. */
export function comparePositions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (left.place === null || right.place === null) return sign(left.marker - right.marker);
  return sign(left.place[0] - right.place[0]) || sign(left.place[1] - right.place[1]);
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : Number(difference > 0n);
}
