import type { Generation, Observer, Position, Sink, SourceState } from '../../contracts/index.ts';
import { isSluiceError, type SluiceError } from '../../errors/index.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { SinkHealth } from '../delivery/sink-health.ts';
import {
  type GenerationRecord,
  type Lease,
  recordId,
  type ScanRequest,
  writeRecord,
} from './generation-record.ts';

export interface TargetSink {
  readonly name: string;
  readonly required: boolean;
  readonly sink: Sink;
  readonly health: SinkHealth;
  /** How long an optional sink is waited for. */
  readonly patienceMs: number;
}

/** Thrown when a generation's record was changed by someone else: another process is at work. */
export class RecordConflict extends Error {
  override readonly name = 'RecordConflict';
}

export interface TargetOptions {
  readonly sink: TargetSink;
  readonly record: GenerationRecord;
  /** null: the record is not stored yet. */
  readonly revision: string | null;
  readonly wanted: boolean;
  /** Where the records of sinks that keep none outlive a session. */
  readonly memory: Map<string, GenerationRecord>;
  readonly observer: Required<Observer>;
}

/**
 * One generation of one index in one sink, with its record. Every change of the record goes
 * through `update`, one at a time, by compare-and-set. A sink without records keeps it in memory
 * only, for as long as the run lasts.
 */
export class Target {
  readonly sink: TargetSink;
  readonly generation: Generation;
  /** The generation that users are to search, not a former one kept in step. A reindex or rollback changes it. */
  wanted: boolean;
  /** null: the sink has no place for them. */
  readonly deadLetters: DeadLetters | null;
  /** Complete, but users do not search it yet: it takes over once it has everything visible now. */
  awaitsPromotion = false;
  /** An optional sink failed: writes are left out and positions not recorded until it is reconciled. */
  missed = false;
  /** Why nothing is written to it any more, until somebody mends it; goes on record with the next position. */
  stopped: SluiceError | null = null;
  /** How often it was missed: whoever wrote in between cannot know what arrived. */
  misses = 0;
  /** Another generation took over: this one is going, and what is still written to it does not matter. */
  retired = false;
  #record: GenerationRecord;
  #revision: string | null;
  #turn: Promise<unknown> = Promise.resolve();
  #dropped = false;
  readonly #memory: Map<string, GenerationRecord>;
  readonly #observer: Required<Observer>;

  constructor({ sink, record, revision, wanted, memory, observer }: TargetOptions) {
    this.sink = sink;
    this.#observer = observer;
    this.#memory = memory;
    this.#record = record;
    this.#revision = revision;
    this.wanted = wanted;
    this.generation = {
      index: record.index,
      hash: record.hash,
      number: record.number,
      schema: record.schema,
    };
    const { generation } = this;
    const { deadLetters: store, reader } = sink.sink;
    this.deadLetters =
      store === undefined ? null : new DeadLetters({ store, reader, generation, sink: sink.name });
  }

  get record(): GenerationRecord {
    return this.#record;
  }

  get id(): string {
    return recordId(this.generation);
  }

  /**
   * From here on what is written is left out.
   *
   * @param what What the sink does not do, for people.
   */
  miss(what: string, why?: SluiceError): void {
    this.misses += 1;
    if (this.missed) return;
    this.missed = true;
    const told = why === undefined ? '' : `: ${why.message}`;
    this.#observer.warning({
      code: why?.code ?? 'SLUICE_SINK_UNAVAILABLE',
      message: `the optional sink "${this.sink.name}" ${what} of ${this.id}; it falls behind and is reconciled when it answers${told}`,
      index: this.generation.index,
      ...(why?.hint === undefined ? {} : { hint: why.hint }),
    });
  }

  /** Whether a request failed because an optional sink is away: then the generation is left out. */
  leaveOut(error: unknown): boolean {
    if (this.sink.required || !isAway(error)) return false;
    this.miss('does not do what was asked', error);
    return true;
  }

  /**
   * Durable when it resolves; nothing once the generation was dropped. Where an optional sink is away, or was
   * left out before, the record stays as it was: with that position it is found to have missed something.
   * Throws `RecordConflict`, or what a required sink throws.
   */
  async update(change: (record: GenerationRecord) => GenerationRecord): Promise<void> {
    const leftOut = () => this.missed && this.sink.sink.records !== undefined;
    try {
      await this.store((record) => (leftOut() ? record : change(record)));
    } catch (error) {
      if (!this.leaveOut(error)) throw error;
    }
  }

  /** As `update`, but throws what an optional sink throws, too: while it is not certain that it is there. */
  store(change: (record: GenerationRecord) => GenerationRecord): Promise<void> {
    const turn = this.#turn.then(() => this.#write(change(this.#record)));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Writes the record as it is. Rejects with `RecordConflict` where another process has changed it: whoever
   * made a plan and was halted since must not act on it.
   */
  confirm(): Promise<void> {
    return this.update((record) => ({ ...record }));
  }

  async #write(record: GenerationRecord): Promise<void> {
    if (this.#dropped || (record === this.#record && this.#revision !== null)) return;
    const store = this.sink.sink.records;
    if (store !== undefined) {
      const revision = await store.put(this.id, writeRecord(record), this.#revision);
      if (revision === null) {
        throw new RecordConflict(
          `the record of ${this.id} in sink "${this.sink.name}" was changed by another process`,
        );
      }
      this.#revision = revision;
    } else {
      this.#memory.set(`${this.sink.name}/${this.id}`, record);
    }
    this.#record = record;
  }

  /**
   * Forgets the generation: the physical index first, then its dead letters, and at last its record. The
   * record says so before anything is removed, so that nobody who comes after a crash takes what is left
   * for a generation.
   */
  async drop(): Promise<void> {
    await this.store((record) => (record.dropping === true ? record : { ...record, dropping: true }));
    await this.#turn;
    this.#dropped = true;
    this.#memory.delete(`${this.sink.name}/${this.id}`);
    await this.sink.sink.generations?.drop(this.generation);
    await this.deadLetters?.removeAll(this.#observer);
    const store = this.sink.sink.records;
    if (store === undefined || this.#revision === null) return;
    if (!(await store.remove(this.id, this.#revision))) {
      throw new RecordConflict(
        `the record of ${this.id} in sink "${this.sink.name}" was changed by another process`,
      );
    }
    this.#revision = null;
  }
}

/** What an optional sink is left out for: others need not wait for it, and need not end with it. */
export function isAway(error: unknown): error is SluiceError {
  return isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE') || isSluiceError(error, 'SLUICE_SINK_REFUSED');
}

export interface NewRecord {
  readonly generation: Generation;
  readonly source: SourceState;
  readonly epoch: number;
}

/** The record of a generation that nothing was written to yet. */
export function emptyRecord({ generation, source, epoch }: NewRecord): GenerationRecord {
  return {
    format: 1,
    ...generation,
    source: recordedSource(source),
    epoch,
    seeded: false,
    scan: { kind: 'backfill', reason: null, boundaries: null, finished: [], rows: 0 },
    requested: null,
    behind: null,
    capture: { identity: '', position: null, besides: [] },
    lease: null,
  };
}

export function recordedSource(source: SourceState): GenerationRecord['source'] {
  const { system, databaseOid, database, host, started, timeline, version } = source;
  const known = started === undefined ? {} : { started };
  return { system, databaseOid, database, host, ...known, timeline, version: version.toString() };
}

export interface RecordedMoment {
  readonly position: Position | null;
  readonly version: bigint;
  readonly holder: Pick<Lease, 'holder' | 'told'>;
  readonly stopped: SluiceError | null;
}

/** The record once everything up to `position` is durable, with the lease renewed. */
export function atPosition(
  record: GenerationRecord,
  { position, version, holder, stopped }: RecordedMoment,
): GenerationRecord {
  return {
    ...record,
    stopped: stopped?.message ?? null,
    capture: { ...record.capture, position: position ?? record.capture.position },
    source: {
      ...record.source,
      version: (version > BigInt(record.source.version) ? version : record.source.version).toString(),
    },
    lease: { ...holder, beat: (record.lease?.beat ?? 0) + 1 },
  };
}

/** The record with a scan asked for, joined with one that was asked for before. */
export function withRequest(record: GenerationRecord, request: ScanRequest): GenerationRecord {
  const { requested } = record;
  if (requested !== null && (requested.depth === 'full' || request.depth === 'removal')) return record;
  return { ...record, requested: request };
}
