import type { DocumentBuilder } from '../../contracts/index.ts';
import type { TestSource } from '../source/index.ts';

/** A source and builders on it, for one check. */
export interface DocumentSource extends TestSource {
  /** A new builder on this source, as a new process would make it. */
  open(): Promise<DocumentBuilder>;

  /** Cuts a builder off from the source for good, as if the network failed. The kit still calls `close`. */
  cutOff(builder: DocumentBuilder): Promise<void>;
}

/** All that the kit needs to know of a document builder. */
export interface DocumentBuilderDriver {
  /** A new source for each check. */
  start(): Promise<DocumentSource>;

  /**
   * For a builder that changes documents: what it makes of one that the schema describes. JSON text to
   * JSON text; deterministic. Default: nothing is changed.
   */
  readonly transform?: (body: string) => string;

  /**
   * For a builder that takes `onUnbuildable`: a condition for a `raw` filter that fails on every order of the
   * number 13 and is true of all others. Absent: the builder throws at such a row, whoever asks.
   */
  readonly failing?: string;
}
