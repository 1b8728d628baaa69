import type { DocumentName } from './shop-changes.ts';

/** A document where the user would find it. */
export interface SeenDocument {
  /** Differs whenever the document was written again. */
  readonly revision: string;
  readonly content: unknown;
}

/** The far end of the demo: what a user of the documents sees. */
export interface DocumentView {
  /** The document as it is now; null where there is none. */
  get(name: DocumentName): Promise<SeenDocument | null>;
  /** All documents of one index, by id. */
  all(index: DocumentName['index']): Promise<ReadonlyMap<string, unknown>>;
}
