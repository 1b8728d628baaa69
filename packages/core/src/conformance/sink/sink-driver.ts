import type { DocumentReference, Generation, Sink } from '../../contracts/index.ts';

/** What a sink claims to be. The checks hold it to that, and to nothing that it does not claim. */
export interface SinkClaims {
  readonly ordering: Sink['ordering'];
  readonly records: boolean;
  readonly generations: boolean;
  readonly reader: boolean;
  /** Its reader gives bodies back (`reader.read`). Default false. */
  readonly bodies?: boolean;
  /** `records.read`. */
  readonly recordsById?: boolean;
  /** `generations.withdraw`. */
  readonly withdrawal?: boolean;
  /** `generations.size`. */
  readonly sizes?: boolean;
  /** Documents are found only some time after they were written, or by `refresh`. Default false. */
  readonly refresh?: boolean;
  /** It keeps dead letters. Default false. */
  readonly deadLetters?: boolean;
}

/**
 * What the checks need to drive one sink and its store. The checks make up the names of indexes and
 * records, so they can run on a store that holds other things, and leave those alone.
 */
export interface SinkDriver {
  readonly claims: SinkClaims;

  /**
   * A new instance, on the same store every time. Several are open at once, and some are never
   * closed by the check that opened them, as if their process had been killed: `cleanUp` ends those.
   */
  open(): Promise<Sink>;

  /**
   * The JSON text that the store holds at this place; null where it holds no document. Reads the
   * store itself, by its own means and not by the sink's code, so that a sink cannot vouch for itself.
   */
  read(generation: Generation, place: DocumentReference): Promise<string | null>;

  /**
   * What users of the store find at this place under the index's name, in the way in which they
   * search: the JSON text, or null. Needed where the sink claims generations.
   */
  search?(index: string, place: DocumentReference): Promise<string | null>;

  /**
   * The body of a document that the store must refuse for good, among documents with the fields of
   * `conformanceSchema`. Absent: the store takes every JSON object.
   */
  readonly poison?: string;

  /**
   * How the store itself keeps numbers. `text` (the default): with all their digits. `double`: as a
   * 64-bit float, whatever the sink sends.
   */
  readonly numbers?: 'text' | 'double';

  /**
   * Makes the store unreachable for every instance, and resolves to what ends that.
   * Absent: nothing lies between the sink and its store that could fail.
   */
  interrupt?(): Promise<() => Promise<void>>;

  /** After the last check: removes what the checks made, and closes what is open. */
  cleanUp?(): Promise<void>;
}
