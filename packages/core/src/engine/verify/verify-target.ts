import type {
  DocumentReference,
  Generation,
  HeldBody,
  IndexPlan,
  Observer,
  StoredRecord,
} from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { encodeVersion } from '../../version.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { type GenerationRecord, generationRecords, recordId } from '../generations/generation-record.ts';
import { RecordConflict, Target } from '../generations/target.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';

const writePatienceMs = 60_000;
/** How often a record is tried to be changed while whoever follows changes it too. */
const recordAttempts = 20;

/** One generation in one sink that is to be verified, with its record as it was read last. */
export class VerifyTarget {
  readonly index: EngineIndex;
  readonly sink: EngineSink;
  readonly plan: IndexPlan;
  readonly promoted: boolean;
  #record: GenerationRecord;

  constructor(options: {
    readonly index: EngineIndex;
    readonly sink: EngineSink;
    readonly plan: IndexPlan;
    readonly promoted: boolean;
    readonly record: GenerationRecord;
  }) {
    this.index = options.index;
    this.sink = options.sink;
    this.plan = options.plan;
    this.promoted = options.promoted;
    this.#record = options.record;
  }

  get record(): GenerationRecord {
    return this.#record;
  }

  get generation(): Generation {
    const { index, hash, number, schema } = this.#record;
    return { index, hash, number, schema };
  }

  get label(): string {
    return `generation ${this.#record.number} of index "${this.#record.index}" in sink "${this.sink.name}"`;
  }

  /** What the sink stores for N. */
  stored(version: bigint): bigint {
    return encodeVersion(this.#record.epoch, version);
  }

  async read(places: readonly DocumentReference[]): Promise<readonly (HeldBody | null)[]> {
    const { reader } = this.sink.sink;
    if (reader?.read === undefined) throw new Error(`${this.label} gives no bodies back`);
    return reader.read(this.generation, places);
  }

  /** Reads the record again; null where the generation is gone. */
  async reload(): Promise<GenerationRecord | null> {
    const stored = await this.#stored();
    const [found = null] = stored === null ? [] : generationRecords([stored]);
    if (found !== null) this.#record = found;
    return found;
  }

  /** The records of all generations in its sink. */
  async records(): Promise<readonly GenerationRecord[]> {
    return generationRecords((await this.sink.sink.records?.list()) ?? []);
  }

  /** The generation as the engine writes to it, with its newest record. */
  async open(observer: Required<Observer>): Promise<Target> {
    const held = await this.#stored();
    const [record] = held === null ? [] : generationRecords([held]);
    if (held === null || record === undefined) throw generationGone(this.label);
    this.#record = record;
    // Whoever mends tells of a sink that does not answer, and does not wait for it for ever.
    const health = new SinkHealth(this.sink.name, observer);
    const sink = { ...this.sink, required: false, health, patienceMs: writePatienceMs };
    return new Target({ sink, record, revision: held.revision, wanted: true, memory: new Map(), observer });
  }

  async #stored(): Promise<StoredRecord | null> {
    const id = recordId(this.#record);
    const { records } = this.sink.sink;
    const stored = (await (records?.read?.([id]) ?? records?.list())) ?? [];
    return stored.find((record) => record.id === id) ?? null;
  }

  /** Changes the record, beside whoever follows: who then begins a new session and sees it. */
  async change(
    observer: Required<Observer>,
    change: (record: GenerationRecord) => GenerationRecord,
  ): Promise<Target> {
    for (let attempt = 1; ; attempt += 1) {
      const target = await this.open(observer);
      try {
        await target.update(change);
        this.#record = target.record;
        return target;
      } catch (error) {
        if (!(error instanceof RecordConflict) || attempt === recordAttempts) throw error;
      }
    }
  }
}

export function generationGone(label: string): SluiceError {
  return new SluiceError('SLUICE_INDEX_INCOMPLETE', `The ${label} went away while it was verified.`, {
    hint: 'Another generation took over, or it was pruned. Verify again.',
  });
}
