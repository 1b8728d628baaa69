import type { JsonObject } from '@sluice/core';
import type { OpensearchOptions } from '../options.ts';

/** Names that a schema's `options` may use too. */
export const textAnalyzer = 'sluice_text';
export const identifierAnalyzer = 'sluice_identifier';
export const identifierSearchAnalyzer = 'sluice_identifier_search';
export const lowercaseNormalizer = 'sluice_lowercase';

/**
 * The analyzers that every index gets.
 *
 * - `sluice_text`: words, without regard to case and accents. No stemming, since a column's language
 *   is not known: `options: { analyzer: english }` chooses one.
 * - `sluice_identifier`: splits on punctuation, on a change of case and between letters and digits,
 *   and keeps the whole and the parts joined as well: `C-01234` becomes c-01234, c, 01234, c01234.
 *   A query is split in the same way, where the parts of one word have to follow each other; only
 *   the index flattens that graph.
 * - `sluice_lowercase` (normalizer): a keyword without regard to case and accents.
 */
export function analysis(toolkit: OpensearchOptions['text_analysis']): JsonObject {
  const [words, fold] =
    toolkit === 'icu' ? ['icu_tokenizer', ['icu_folding']] : ['standard', ['lowercase', 'asciifolding']];
  return {
    filter: {
      sluice_parts: {
        type: 'word_delimiter_graph',
        preserve_original: true,
        catenate_all: true,
        stem_english_possessive: false,
      },
    },
    analyzer: {
      [textAnalyzer]: { type: 'custom', tokenizer: words, filter: fold },
      [identifierAnalyzer]: {
        type: 'custom',
        tokenizer: 'whitespace',
        filter: ['sluice_parts', 'flatten_graph', ...fold],
      },
      [identifierSearchAnalyzer]: {
        type: 'custom',
        tokenizer: 'whitespace',
        filter: ['sluice_parts', ...fold],
      },
    },
    normalizer: { [lowercaseNormalizer]: { type: 'custom', filter: fold } },
  };
}
