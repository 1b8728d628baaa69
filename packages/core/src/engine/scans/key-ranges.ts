import type { KeyRange } from '../../contracts/index.ts';

/**
 * Joins neighbours until at most `most` ranges are left, so that recorded progress stays small
 * however many rows the table has. Expects and keeps key order.
 */
export function mergeRanges(ranges: readonly KeyRange[], most: number): readonly KeyRange[] {
  if (ranges.length <= most) return ranges;
  const step = Math.ceil(ranges.length / most);
  const merged: KeyRange[] = [];
  for (let start = 0; start < ranges.length; start += step) {
    const first = ranges[start];
    const last = ranges[Math.min(start + step, ranges.length) - 1];
    if (first !== undefined && last !== undefined) merged.push({ from: first.from, to: last.to });
  }
  return merged;
}

/** The inner boundaries of ranges that cover everything: what a record keeps of them. */
export function boundariesOf(ranges: readonly KeyRange[]): readonly (readonly string[])[] {
  return ranges.slice(0, -1).map((range, index) => {
    if (range.to === null) throw new Error(`range ${index} has no end but is not the last`);
    return range.to;
  });
}

/** The ranges that boundaries cut the key space into. */
export function rangesOf(boundaries: readonly (readonly string[])[]): readonly KeyRange[] {
  return [...boundaries, null].map((to, index) => ({
    from: index === 0 ? null : (boundaries[index - 1] ?? null),
    to,
  }));
}
