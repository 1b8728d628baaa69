/** Half-open part of a list. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface BulkLimits {
  readonly documents: number;
  readonly bytes: number;
}

/**
 * Cuts `span` into bulks, in order and without gaps, none above the limits except a document that is
 * alone above `bytes`. `bytesOf(n)` is the size of document n.
 */
export function planBulks(span: Span, bytesOf: (n: number) => number, limits: BulkLimits): Span[] {
  const bulks: Span[] = [];
  let from = span.from;
  let bytes = 0;
  for (let n = span.from; n < span.to; n++) {
    const size = bytesOf(n);
    const full = n - from >= limits.documents || bytes + size > limits.bytes;
    if (full && n > from) {
      bulks.push({ from, to: n });
      from = n;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < span.to) bulks.push({ from, to: span.to });
  return bulks;
}

/** Two halves; a single document cannot be halved. */
export function halves({ from, to }: Span): [Span, Span] {
  const middle = (from + to) >> 1;
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}
