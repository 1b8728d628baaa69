import { CST, Parser } from 'yaml';

/** A file longer than this is neither configuration nor schema. In UTF-16 units. */
const longestText = 512 * 1024;
/** Finding what an alias means takes the parser a walk through the file. */
const mostAliases = 500;
/** Levels of YAML; a join takes two. */
export const deepestNesting = 100;
/** Why a file is not read; both sentences are for its user. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

export const tooDeep: Refusal = {
  message: `The file is nested more than ${deepestNesting} levels deep.`,
  hint: 'Nest less, and use no alias inside its own anchor.',
};

/** Why a text is not even parsed; null: it may be. */
export function refuseText(text: string): Refusal | null {
  if (text.length > longestText) {
    return {
      message: `The file is larger than ${longestText / 1024} KiB.`,
      hint: 'A configuration or schema has a few kilobytes: is this the right file?',
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
  try {
    return nestsTooDeep(text) ? tooDeep : null;
  } catch (error) {
    // Closing what thousands of lines opened is the one thing that the tokens' reader does recursively.
    if (error instanceof RangeError) return tooDeep;
    throw error;
  }
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
