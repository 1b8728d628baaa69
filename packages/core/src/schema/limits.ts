import { deepestNesting, type Refusal, tooDeep } from '../config/text-limits.ts';
import type { SourcePath } from '../contracts/index.ts';

/** Values in one file, aliases counted each time they are used. */
const mostValues = 100_000;

/**
 * Where a value goes past the limits; null: it does not. An alias inside its own anchor has no
 * end, and aliases of aliases multiply: both are found here before anything walks the whole.
 */
export function findExcess(value: unknown): (Refusal & { readonly at: SourcePath }) | null {
  const waiting: { readonly value: unknown; readonly at: SourcePath }[] = [{ value, at: [] }];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const place = next.at;
    seen += 1;
    if (seen > mostValues) {
      return {
        at: place.slice(0, 1),
        message: `The file holds more than ${mostValues} values.`,
        hint: 'Aliases of aliases multiply: write out what is needed.',
      };
    }
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (place.length >= deepestNesting) return { at: place, ...tooDeep };
    const entries = Array.isArray(next.value) ? next.value.entries() : Object.entries(next.value);
    for (const [step, item] of entries) waiting.push({ value: item, at: [...place, step] });
  }
  return null;
}
