import { seededRandom } from '../faults/harness/random.ts';

/** A stream of choices that a seed decides. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  between(least: number, most: number): number;
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean;
  pick<T>(things: readonly T[]): T;
  /** By weight: one of weight 2 twice as often as one of weight 1. */
  weighted<T extends { readonly weight: number }>(things: readonly T[]): T;
}

/** The same choices for the same seed and name; streams of other names do not depend on it. */
export function randomOf(seed: number, ...name: readonly (string | number)[]): Random {
  const below = seededRandom(mixed([seed, ...name].join('/')));
  const pick = <T>(things: readonly T[]): T => {
    const found = things[below(things.length)];
    if (found === undefined) throw new Error('There is nothing to pick from.');
    return found;
  };
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick,
    weighted: (things) => {
      let left = below(things.reduce((sum, { weight }) => sum + weight, 0));
      const found = things.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      return found ?? pick(things);
    },
  };
}

/** FNV-1a: names that differ in a character begin far apart. */
function mixed(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
