import { contentHash, type JsonObject } from '@sluice/core';

/** A normalizer by name, and the character filters that it is made of. */
export interface RankNormalizer {
  readonly name: string;
  readonly analysis: JsonObject;
}

/**
 * A normalizer that turns the n-th variant into n, zero-padded, and any other value into `~value`,
 * which sorts after all digits. So a plain sort by a keyword with it is a sort by rank.
 *
 * A `mapping` filter would replace a variant inside a longer value too (`low` in `slow`); so the
 * value is first put between two characters that no JSON text from Postgres holds unescaped in an
 * enum, and the filter maps value and marks together.
 */
export function rankNormalizer(variants: readonly string[]): RankNormalizer {
  const id = contentHash(variants).slice(0, 8);
  const name = `sluice_rank_${id}`;
  const digits = String(variants.length).length;
  const ranks = variants.map((variant, rank) => {
    const marked = escaped(`${open}${variant}${close}`);
    return `${marked} => ${String(rank).padStart(digits, '0')}`;
  });
  return {
    name,
    analysis: {
      char_filter: {
        sluice_mark: { type: 'pattern_replace', pattern: '(?s)^(.*)$', replacement: `${open}$1${close}` },
        [name]: { type: 'mapping', mappings: ranks },
        sluice_unranked: {
          type: 'pattern_replace',
          pattern: `(?s)^${open}(.*)${close}$`,
          replacement: '~$1',
        },
      },
      normalizer: { [name]: { type: 'custom', char_filter: ['sluice_mark', name, 'sluice_unranked'] } },
    },
  };
}

const open = '\u0002';
const close = '\u0003';

/** The filter's rules trim spaces and know `=>` and backslashes: every unit is written as \uXXXX. */
function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, n) => {
    return `\\u${text.charCodeAt(n).toString(16).padStart(4, '0')}`;
  }).join('');
}
