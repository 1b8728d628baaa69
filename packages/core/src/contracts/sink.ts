import type { Document, DocumentReference } from './document.ts';
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
  /** At most one per place. */
  readonly documents: readonly Document[];
  readonly signal: AbortSignal;
}

export interface RejectedDocument {
  readonly document: Document;
  readonly reason: string;
  /** The sink was busy: the same document, built again, may be accepted later. */
  readonly retryable: boolean;
}

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

/** Small durable records beside the documents, changed only by compare-and-set. */
export interface RecordStore {
  list(): Promise<readonly StoredRecord[]>;
  /**
   * Durable when it resolves. `expected`: the revision read before, null for a new record.
   * Resolves to null, changing nothing, when the record was changed in between.
   */
  put(id: string, value: JsonValue, expected: string | null): Promise<string | null>;
  /** Resolves to false when the record was changed in between. */
  remove(id: string, expected: string): Promise<boolean>;
}

/** What a sink with several generations behind one name can do. */
export interface GenerationStore {
  /** Relaxes durability of search (refresh, replicas) for a backfill. Idempotent. */
  beginBackfill(generation: Generation): Promise<void>;
  /** The configured settings again; everything written is searchable when it resolves. Idempotent. */
  endBackfill(generation: Generation): Promise<void>;
  /** Moves the name that users search to this generation, in one step. Idempotent. */
  promote(generation: Generation): Promise<void>;
  /** The generation that users search now; null if none. */
  promoted(index: string): Promise<{ readonly hash: string; readonly number: number } | null>;
  /** Whether the physical index is there. */
  exists(generation: Generation): Promise<boolean>;
  /** Deletes the physical index. Idempotent. Never the promoted one. */
  drop(generation: Generation): Promise<void>;
}

/** A document as the sink holds it. */
export interface HeldDocument extends DocumentReference {
  /** As encoded by `encodeVersion`. */
  readonly version: bigint;
}

/** Reads back what the sink holds. */
export interface SinkReader {
  /** Every document of the generation that was durable when called, in pages. */
  list(generation: Generation, pageSize: number): AsyncIterable<readonly HeldDocument[]>;
}

/**
 * Where documents land.
 *
 * `ensureIndex` before the first `write`; several writes may run at once. `close` after the last
 * write has settled. Every method throws `SLUICE_SINK_UNAVAILABLE` while the sink is down or busy
 * (try again, with documents built anew: the fate of the request is unknown) and
 * `SLUICE_SINK_REFUSED` where trying again cannot help (credentials, privileges, wrong cluster).
 */
export interface Sink {
  /**
   * `versioned`: ignores a document whose version is older than what it holds.
   * `in-order`: cannot tell; then the engine never has two writes of one document in flight.
   */
  readonly ordering: 'versioned' | 'in-order';

  /** What of the sink's own options shapes the physical index (static settings, analysis): joins the hash. */
  fingerprint(schema: IndexSchema): JsonValue;

  /**
   * For people: the physical index that a schema leads to (settings and mappings). Asks no server.
   * Absent where there is nothing to show.
   */
  describe?(schema: IndexSchema): JsonValue;

  /** Makes the physical index where it is missing and applies changed dynamic settings. Idempotent, on every start. */
  ensureIndex(generation: Generation): Promise<void>;

  /** Resolves when what was accepted is durable. Sends no body again after a failure of unknown fate. */
  write(request: WriteRequest): Promise<WriteReport>;

  /** Absent: the sink remembers nothing; it is never scanned for at a start. */
  readonly records?: RecordStore;
  readonly generations?: GenerationStore;
  readonly reader?: SinkReader;

  close(): Promise<void>;
}
