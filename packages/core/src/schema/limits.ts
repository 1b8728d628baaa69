import type { SourcePath } from '../contracts/index.ts';

/** A schema file larger than this is none. In UTF-16 units. */
export const largestFile = 4 * 1024 * 1024;
/** Levels of YAML; a join takes two. */
export const deepestNesting = 100;
/** Values in one file, aliases counted each time they are used. */
export const mostValues = 200_000;

/**
 * Where a value goes past the limits, in depth or in number; null: it does not. An alias inside its
 * own anchor has no end, and aliases of aliases multiply: both are found here before anything walks
 * the whole.
 */
export function findExcess(
  value: unknown,
): { readonly at: SourcePath; readonly kind: 'depth' | 'number' } | null {
  const waiting: { readonly value: unknown; readonly at: SourcePath }[] = [{ value, at: [] }];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    seen += 1;
    if (seen > mostValues) return { at: next.at.slice(0, 1), kind: 'number' };
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.at.length >= deepestNesting) return { at: next.at, kind: 'depth' };
    const place = next.at;
    if (Array.isArray(next.value)) {
      for (const [index, item] of next.value.entries()) waiting.push({ value: item, at: [...place, index] });
    } else {
      for (const [key, item] of Object.entries(next.value))
        waiting.push({ value: item, at: [...place, key] });
    }
  }
  return null;
}
