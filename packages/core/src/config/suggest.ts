import { distance } from 'fastest-levenshtein';

/**
 * The candidate that the user most likely meant, or null where none is near: at most a third of
 * the letters may differ (case and `-`/`_` do not count), and one of a very short name.
 */
export function suggest(name: string, candidates: Iterable<string>): string | null {
  const wanted = fold(name);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const away = editDistance(wanted, fold(candidate));
    if (away < bestDistance) {
      best = candidate;
      bestDistance = away;
    }
  }
  return best;
}

/** "Did you mean `x`?", or the allowed names where nothing is near. */
export function suggestionHint(name: string, candidates: readonly string[]): string | undefined {
  const near = suggest(name, candidates);
  if (near !== null) return `Did you mean \`${near}\`?`;
  if (candidates.length === 0) return undefined;
  return `Allowed here: ${candidates.map((candidate) => `\`${candidate}\``).join(', ')}.`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Levenshtein's distance, with two swapped neighbours counted as one mistake. */
function editDistance(left: string, right: string): number {
  const plain = distance(left, right);
  return plain === 2 && isSwap(left, right) ? 1 : plain;
}

function isSwap(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let at = 0;
  while (left[at] === right[at]) at += 1;
  return (
    left[at] === right[at + 1] && left[at + 1] === right[at] && left.slice(at + 2) === right.slice(at + 2)
  );
}
