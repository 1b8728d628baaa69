import { isDeepStrictEqual } from 'node:util';

/** A string, which may hold digits, or a number. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Whether two JSON texts say the same. White space and the order of keys say nothing; a number says
 * its digits (`text`), so that 1.10 is not 1.1 and 9007199254740993 not its neighbour, or the float
 * that is nearest (`double`).
 */
export function sameJson(one: string, other: string, numbers: 'text' | 'double'): boolean {
  try {
    return isDeepStrictEqual(parse(one, numbers), parse(other, numbers));
  } catch {
    return false;
  }
}

function parse(json: string, numbers: 'text' | 'double'): unknown {
  if (numbers === 'double') return JSON.parse(json);
  return JSON.parse(
    json.replaceAll(tokens, (token) =>
      token.startsWith('"') ? `"s${token.slice(1)}` : JSON.stringify(`n${token}`),
    ),
  );
}
