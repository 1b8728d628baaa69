import type { IndexSchema, JsonValue, StoredRecord } from '../../contracts/index.ts';
import type { CaptureRecord } from '../captures/capture-record.ts';

/** Which source wrote a generation, and how far that source's history had come. */
export interface RecordedSource {
  readonly system: string;
  readonly databaseOid: string;
  readonly database: string;
  readonly host: string;
  readonly timeline: string;
  /** When its server was started; absent where it did not say. */
  readonly started?: string;
  /** The largest N seen, decimal. */
  readonly version: string;
}

/** Who writes now. Alive for as long as somebody who watches it sees it change: it holds no time of day. */
export interface Lease {
  readonly holder: string;
  /** Who that is, for people: `process 4711 on db1`. */
  readonly told: string;
  /** Another one with each renewal. */
  readonly beat: number;
}

/** A scan in progress: survives restarts, so that finished ranges are not scanned again. */
export interface ScanProgress {
  /** A `reconcile` also removes what the source no longer has. */
  readonly kind: 'backfill' | 'reconcile';
  readonly reason: string | null;
  /** Inner boundaries of the ranges; null until the table was split. */
  readonly boundaries: readonly (readonly string[])[] | null;
  /** Indexes of finished ranges, ascending. */
  readonly finished: readonly number[];
  /** Estimated rows in all. */
  readonly rows: number;
}

/** `full`: scan the source, then remove what it no longer has. `removal`: only the latter. */
export type ScanDepth = 'full' | 'removal';

export interface ScanRequest {
  readonly depth: ScanDepth;
  readonly reason: string;
}

/**
 * What a sink remembers of one generation: the whole state of Sluice outside the source.
 * Changed only by compare-and-set.
 */
export interface GenerationRecord {
  readonly format: 1;
  readonly index: string;
  readonly hash: string;
  readonly number: number;
  readonly schema: IndexSchema;
  readonly source: RecordedSource;
  /** Upper bits of every version written. */
  readonly epoch: number;
  /** The first scan is complete: the generation may be searched. */
  readonly seeded: boolean;
  /** The scan in progress; null: none. */
  readonly scan: ScanProgress | null;
  /** A scan that must follow the one in progress; null: none. */
  readonly requested: ScanRequest | null;
  /** Why the index was left behind while others went on; null while it follows. */
  readonly behind: string | null;
  /**
   * Why nothing was written to it any more when its position was recorded last, until somebody mends it;
   * null: it followed. Absent: written by a version that did not tell.
   */
  readonly stopped?: string | null;
  /** Why its schema no longer fits the tables: it stays as it is, and nobody goes back to it. Absent: it fits. */
  readonly frozen?: string | null;
  /** Its physical index is being removed, or is gone already: only the record is left to remove. */
  readonly dropping?: true;
  readonly capture: CaptureRecord;
  readonly lease: Lease | null;
}

export function recordId(generation: {
  readonly index: string;
  readonly hash: string;
  readonly number: number;
}): string {
  return `${generation.index}_${generation.hash}_${generation.number}`;
}

/** The record in a stored value; null where it is none (another format, another kind of record). */
export function readRecord(value: JsonValue): GenerationRecord | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (!('format' in value) || value['format'] !== 1 || !('hash' in value) || !('capture' in value))
    return null;
  // Written by `writeRecord` under the same format number; compare-and-set keeps others out.
  return JSON.parse(JSON.stringify(value)) as GenerationRecord;
}

/** The records of generations among what a sink keeps. */
export function generationRecords(stored: readonly StoredRecord[]): readonly GenerationRecord[] {
  return stored.flatMap(({ value }) => readRecord(value) ?? []);
}

export function writeRecord(record: GenerationRecord): JsonValue {
  return JSON.parse(
    JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)),
  );
}
