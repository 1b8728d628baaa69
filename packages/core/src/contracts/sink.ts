import type { Document, DocumentKey, DocumentReference } from './document.ts';
import type { IndexSchema, JsonValue } from './schema.ts';

/** One generation of one index: a physical index of its own. */
export interface Generation {
  /** The index's name in the configuration. */
  readonly index: string;
  /** 16 hex digits over what shapes mapping and content. */
  readonly hash: string;
  /** 1, 2, … per index. */
  readonly number: number;
  readonly schema: IndexSchema;
}

export interface WriteRequest {
  readonly generation: Generation;
  /** Upper bits of every version: see `encodeVersion`. */
  readonly epoch: number;
  /** At most one per place. Bodies are JSON objects. */
  readonly documents: readonly Document[];
  readonly signal: AbortSignal;
}

/** A document that the store refused; what it holds in that place stays as it was. */
export interface RejectedDocument {
  /** As it was given. */
  readonly document: Document;
  /** For people, never empty. */
  readonly reason: string;
  /** The sink was busy: the same document, built again, may be accepted later. Otherwise it never will be. */
  readonly retryable: boolean;
}

/** What became of the documents of one write: each is accepted, a conflict or rejected. */
export interface WriteReport {
  /** Documents that the sink holds durably now (deletes included, conflicts not). */
  readonly accepted: number;
  /** Documents left out because the sink holds a version that is newer. */
  readonly conflicts: number;
  /** The highest encoded version that a conflict named; null without conflicts. */
  readonly highestHeld: bigint | null;
  readonly rejected: readonly RejectedDocument[];
}

/** A record with its revision, for compare-and-set. */
export interface StoredRecord {
  readonly id: string;
  readonly value: JsonValue;
  readonly revision: string;
}

/**
 * Small durable records beside the documents, changed only by compare-and-set, whoever else changes
 * them. Legal before any index is made. A revision never comes again under the same id, not even
 * when the record was removed and made anew.
 */
export interface RecordStore {
  /** Every record, with what any instance stored last. */
  list(): Promise<readonly StoredRecord[]>;
  /**
   * Of these ids, the records that there are, in any order, with what any instance stored last. Cheap: a
   * run asks every second or two. Absent: `list` is asked in its place.
   */
  read?(ids: readonly string[]): Promise<readonly StoredRecord[]>;
  /**
   * Durable when it resolves, to the new revision. `expected`: the revision read before, null for a
   * new record. Resolves to null, changing nothing, when the record was changed, made or removed in
   * between.
   */
  put(id: string, value: JsonValue, expected: string | null): Promise<string | null>;
  /** Durable when it resolves to true. False, changing nothing, when the record was changed or removed in between. */
  remove(id: string, expected: string): Promise<boolean>;
}

/** What a sink with several generations behind one name can do. Each generation holds documents of its own. */
export interface GenerationStore {
  /** Relaxes durability of search (refresh, replicas) for a backfill. Idempotent. */
  beginBackfill(generation: Generation): Promise<void>;
  /** The configured settings again; everything written is searchable when it resolves. Idempotent. */
  endBackfill(generation: Generation): Promise<void>;
  /**
   * Moves the name that users search to this generation, in one step: a search finds the former
   * generation or this one, never neither or both, and when it resolves this one. Idempotent.
   */
  promote(generation: Generation): Promise<void>;
  /** The generation that users search now, whoever promoted it; null if none. */
  promoted(index: string): Promise<{ readonly hash: string; readonly number: number } | null>;
  /** Whether the physical index is there. */
  exists(generation: Generation): Promise<boolean>;
  /**
   * Deletes the physical index, with all that it knew of versions. Idempotent. Never the promoted
   * one: throws `SLUICE_SINK_REFUSED`.
   */
  drop(generation: Generation): Promise<void>;
  /**
   * Takes the name that users search away from this generation, so that it can be dropped: of an index
   * that nobody wants any more. The documents stay. Idempotent; where the name leads to another
   * generation, or nowhere, nothing changes. Absent: the last generation of an index cannot be removed.
   */
  withdraw?(generation: Generation): Promise<void>;
  /** For people: how much there is of a generation; null where it is not there. Absent: nobody knows. */
  size?(generation: Generation): Promise<GenerationSize | null>;
}

export interface GenerationSize {
  /** That a search could find now: of a generation that is being filled, perhaps none. */
  readonly documents: number;
  /** On disk, with its copies; null: unknown. */
  readonly bytes: number | null;
}

/** A document as the sink holds it. */
export interface HeldDocument extends DocumentReference {
  /** As encoded by `encodeVersion`. */
  readonly version: bigint;
}

/** A document as the sink holds it, with what it says. */
export interface HeldBody {
  /** As encoded by `encodeVersion`. */
  readonly version: bigint;
  /** The JSON text that was written: every digit of its numbers, whatever the white space between tokens. */
  readonly body: string;
}

/** Reads back what the sink holds. */
export interface SinkReader {
  /**
   * Every document of the generation that was durable when called, each place once, in pages of at
   * most `pageSize`, holding a few pages in memory. A document written meanwhile comes in its former
   * or its new state, one deleted meanwhile or new may come. May be left after any page; several may
   * run at once.
   */
  list(generation: Generation, pageSize: number): AsyncIterable<readonly HeldDocument[]>;

  /**
   * What each of these places holds now, in their order; null: no document. Whatever any instance
   * wrote before the call is seen, also what no search finds yet. Any number of places, any of them
   * more than once; several calls may run at once. Absent: bodies cannot be had back as they were
   * written, and the sink cannot be verified.
   */
  read?(generation: Generation, places: readonly DocumentReference[]): Promise<readonly (HeldBody | null)[]>;
}

/** What is known of a document that could not be written. */
export interface NewDeadLetter extends DocumentKey {
  /** As encoded by `encodeVersion`: of the state that could not be written. */
  readonly version: bigint;
  /** `rejected`: the sink refused the document for good. `unbuildable`: an expression fails on the row. */
  readonly cause: 'rejected' | 'unbuildable';
  /** For people, never empty. */
  readonly reason: string;
  /** When that was, in ms since the epoch. */
  readonly at: number;
}

/** A dead letter as the sink keeps it: no body, since documents are read from rows. */
export interface DeadLetter extends Omit<NewDeadLetter, 'at'> {
  /** In ms since the epoch, of the first and of the last `put`. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How often it was put. Two who put it at the same time may count as one. */
  readonly count: number;
}

/** Up to which version a document has no letter any more. */
export interface DeadLetterRemoval extends DocumentReference {
  /** As encoded by `encodeVersion`. */
  readonly version: bigint;
}

/**
 * Documents that could not be written, by generation and place: at most one letter each. Written to
 * by several instances at once. Legal before any index is made.
 */
export interface DeadLetterStore {
  /**
   * Durable when it resolves, and there for every instance to see; each place at most once. A letter of the same place is
   * replaced, which leaves its `firstAt` and raises its `count`; one of a higher version stays as it
   * is. Resolves to how many places had no letter before.
   */
  put(generation: Generation, letters: readonly NewDeadLetter[]): Promise<number>;
  /**
   * Removes letters whose version is not above the given one; a letter that is not there is no
   * mistake. Durable when it resolves, to how many were removed. One that is put later comes in,
   * whatever its version.
   */
  remove(generation: Generation, upTo: readonly DeadLetterRemoval[]): Promise<number>;
  /** The letters at these places, in no order; a place without one gives nothing. */
  get(generation: Generation, places: readonly DocumentReference[]): Promise<readonly DeadLetter[]>;
  /**
   * Every letter of the generation that was durable when called, each once, in pages of at most
   * `pageSize`. May be left after any page.
   */
  list(generation: Generation, pageSize: number): AsyncIterable<readonly DeadLetter[]>;
}

/**
 * Where documents land.
 *
 * `ensureIndex` before the first `write`; several writes may run at once, and several instances on
 * one store. `close` after the last write has settled. Every method throws `SLUICE_SINK_UNAVAILABLE` while the sink is down or busy
 * (try again, with documents built anew: the fate of the request is unknown) and
 * `SLUICE_SINK_REFUSED` where trying again cannot help (credentials, privileges, wrong cluster). An
 * instance works again as soon as its store does.
 */
export interface Sink {
  /**
   * `versioned`: ignores a document whose version is older than what the store holds in its place, and
   * takes an equal one. Deletes have versions, too, also of documents that were never there: what is
   * older than a delete stays out, for an hour at least while the store runs.
   * `in-order`: cannot tell, so it has no conflicts and holds what was written last; the engine never
   * has two writes of one document in flight.
   */
  readonly ordering: 'versioned' | 'in-order';

  /**
   * What of the sink's own options shapes the physical index (static settings, analysis): joins the
   * hash, so the same options and schema always give the same. Asks no server.
   */
  fingerprint(schema: IndexSchema): JsonValue;

  /**
   * For people: the physical index that a schema leads to (settings and mappings). Asks no server.
   * Absent where there is nothing to show.
   */
  describe?(schema: IndexSchema): JsonValue;

  /**
   * Makes the physical index where it is missing and applies changed dynamic settings; documents stay
   * as they are. Idempotent, on every start, perhaps by two processes at once.
   */
  ensureIndex(generation: Generation): Promise<void>;

  /**
   * Resolves when what was accepted is durable, and in the store for every instance to see. A body
   * replaces the whole document, as the text that it is: number by number, digit by digit. A document
   * lies under exactly its id, or is rejected; one that the store refuses keeps no other out. The
   * delete of what is not there is accepted.
   *
   * Throws the signal's reason when aborted: at once, having written nothing, where it was aborted
   * before; what was on its way then may have arrived. Sends no body again after a failure of
   * unknown fate.
   *
   * May throw `SLUICE_SINK_INDEX_GONE` where the physical index is not there any more: the engine makes
   * it and fills it again. Never makes one by itself.
   */
  write(request: WriteRequest): Promise<WriteReport>;

  /**
   * Everything that was durable when it was called is found by users' searches when it resolves, also what
   * other instances wrote. Called for those who wait to read what they wrote, never for every write.
   * Absent: what is durable is found at once.
   */
  refresh?(generation: Generation): Promise<void>;

  /**
   * Names the place where documents and records land: the same for every instance that leads there, by
   * whatever address, and another one for every other place. Two sinks of one configuration must not be
   * one place, since each would undo what the other remembers. Absent: nobody looks.
   */
  location?(): Promise<string>;

  /** Absent: the sink remembers nothing; it is never scanned for at a start. */
  readonly records?: RecordStore;
  readonly generations?: GenerationStore;
  readonly reader?: SinkReader;
  /** Absent: indexes with `on_reject: dead_letter` cannot go to this sink. */
  readonly deadLetters?: DeadLetterStore;

  /** Idempotent. Flushes nothing: what was accepted is durable already. Other instances go on. */
  close(): Promise<void>;
}
