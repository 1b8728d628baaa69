import { isDeepStrictEqual } from 'node:util';
import type { Documents } from './documents.ts';
import type { ExactJson } from './exact-json.ts';

/** Documents and fields told of at most; a mistake mostly repeats itself. */
const mostTold = 8;

/** How the documents held differ from those expected, one line each, for people; empty where they are equal. */
export function differences(index: string, expected: Documents, held: Documents): readonly string[] {
  const lines: string[] = [];
  for (const [place, document] of expected) {
    const found = held.get(place);
    if (found === undefined) lines.push(`${index}: ${place} is missing`);
    else if (!isDeepStrictEqual(found, document)) {
      lines.push(...fieldDifferences(document, found, '').map((line) => `${index}: ${place}${line}`));
    }
  }
  for (const place of held.keys()) {
    if (!expected.has(place)) lines.push(`${index}: ${place} is there and should not be`);
  }
  if (lines.length <= mostTold) return lines;
  return [
    `${index}: ${expected.size} documents expected, ${held.size} held, ${lines.length} differences, the first:`,
    ...lines.slice(0, mostTold),
  ];
}

function fieldDifferences(expected: ExactJson, held: ExactJson, path: string): readonly string[] {
  if (isDeepStrictEqual(expected, held)) return [];
  if (isObject(expected) && isObject(held)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(held)]);
    return [...keys].flatMap((key) => fieldDifferences(at(expected, key), at(held, key), `${path}.${key}`));
  }
  if (Array.isArray(expected) && Array.isArray(held) && expected.length === held.length) {
    return expected.flatMap((item, position) =>
      fieldDifferences(item, held[position] ?? null, `${path}[${position}]`),
    );
  }
  return [`${path}: expected ${shown(expected)}, held ${shown(held)}`];
}

/** An absent key is told apart from null by its text. */
function at(object: { readonly [key: string]: ExactJson }, key: string): ExactJson {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : '(absent)';
}

function isObject(value: ExactJson): value is { [key: string]: ExactJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: ExactJson): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
