import type { Document } from '@sluice/core';

/** Characters of JSON that a page has about, at most, unless one document alone has more. */
const pageText = 4 * 1024 * 1024;
/** Documents in a page while nothing is known of their size. */
const firstPage = 50;

/**
 * How many documents of an index to read at once: large ones would otherwise take memory by their
 * number. Grows back step by step, so that a few small ones do not make the next page too large.
 */
export class PageSize {
  #mean: number | null = null;

  /** At least 1, at most `most`. */
  limit(most: number): number {
    const fitting = this.#mean === null ? firstPage : Math.floor(pageText / this.#mean);
    return Math.max(1, Math.min(most, fitting));
  }

  /** Takes note of a page. */
  observe(documents: readonly Document[]): void {
    if (documents.length === 0) return;
    let text = 0;
    for (const { body } of documents) text += body?.length ?? 0;
    this.#mean = Math.max(1, text / documents.length, (this.#mean ?? 0) / 4);
  }
}
