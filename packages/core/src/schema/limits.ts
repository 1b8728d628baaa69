import { CST, Parser } from 'yaml';
import type { SourcePath } from '../contracts/index.ts';

/** A schema file longer than this is none. In UTF-16 units. */
const longestText = 512 * 1024;
/** Finding what an alias means takes the parser a walk through the file. */
const mostAliases = 500;
/** Levels of YAML; a join takes two. */
const deepestNesting = 100;
/** Values in one file, aliases counted each time they are used. */
const mostValues = 100_000;

/** Why a file is not read; both sentences are for its user. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

export const tooDeep: Refusal = {
  message: `The file is nested more than ${deepestNesting} levels deep.`,
  hint: 'Nest fewer joins, and use no alias inside its own anchor.',
};

/** Why a text is not even parsed; null: it may be. */
export function refuseText(text: string): Refusal | null {
  if (text.length > longestText) {
    return {
      message: `The file is larger than ${longestText / 1024} KiB.`,
      hint: 'A schema has a few kilobytes: is this the right file?',
    };
  }
  // Counts some that are no aliases, inside texts; far fewer than the limit in any honest file.
  const aliases = text.match(/(?<=^|[\s,[{])\*[^\s,\]}*]/g)?.length ?? 0;
  if (aliases > mostAliases) {
    return {
      message: `The file uses more than ${mostAliases} aliases.`,
      hint: 'Write out what they stand for.',
    };
  }
  return nestsTooDeep(text) ? tooDeep : null;
}

/**
 * Told from the tokens, which are read without recursion. What follows is recursive, and running
 * out of stack there is not always an exception: V8 ends the process where it happens while a
 * regular expression is compiled.
 */
function nestsTooDeep(text: string): boolean {
  for (const document of new Parser().parse(text)) {
    const waiting: { readonly token: CST.Token; readonly depth: number }[] = [{ token: document, depth: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { token, depth } = next;
      if (depth > deepestNesting) return true;
      if (token.type === 'document' && token.value !== undefined) waiting.push({ token: token.value, depth });
      if (!CST.isCollection(token)) continue;
      for (const { key, value } of token.items) {
        if (key != null) waiting.push({ token: key, depth: depth + 1 });
        if (value !== undefined) waiting.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return false;
}

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
