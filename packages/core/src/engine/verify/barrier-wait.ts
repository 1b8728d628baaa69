import type { CaptureRequirements } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { followedPlugin } from '../captures/capture-record.ts';
import type { CaptureChoice, NamedCapture } from '../captures/captures.ts';
import type { GenerationRecord, Lease } from '../generations/generation-record.ts';
import { generationStatus } from '../generations/generation-status.ts';

/**
 * `passed`: everything that was visible is durable in the sink. `nobody`: no process keeps the generation
 * in step, so there is nothing to wait for. `late`: one does, and did not get there in time, or will not: the
 * record says that the index is stopped.
 */
export type BarrierOutcome = 'passed' | 'nobody' | 'late';

export interface BarrierWaitOptions {
  /** The generation's record as it is now; null: it is gone. */
  readonly read: () => Promise<GenerationRecord | null>;
  /** The records of all generations in the sink. */
  readonly readAll: () => Promise<readonly GenerationRecord[]>;
  readonly capture: CaptureChoice;
  readonly required: CaptureRequirements;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const lookEveryMs = { first: 50, most: 500 };
/** How often whoever follows is looked for while a barrier is waited for. */
const followerEveryMs = 2_000;
/** Between two sessions nobody holds the capture: a lease that was not given back is believed for so long. */
const betweenSessionsMs = 10_000;
/** Whoever goes on with an index that was stopped says so with the next position: a marker brings one. */
const stoppedAfterMs = 3_000;

/**
 * Waits until the process that keeps a generation in step has made durable everything that was visible
 * when it was asked: by a barrier of the capture that this process follows, and by the record, which says
 * how far the generation is. Talks to no process.
 */
export class BarrierWait {
  readonly #options: BarrierWaitOptions;
  #reopened: NamedCapture | null = null;
  /** A lease that was waited for in vain: whoever had it is gone. */
  #left: Lease | null = null;
  /** Why the last one was late, where a record says so, for people. */
  stopped: string | null = null;
  /** The last position that was waited for. */
  position: string | null = null;

  constructor(options: BarrierWaitOptions) {
    this.#options = options;
  }

  async pass(): Promise<BarrierOutcome> {
    const { read, timeoutMs, signal } = this.#options;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const record = await read();
      if (record === null || !(await this.followed(record))) return 'nobody';
      const named = await this.#capture(record);
      if (named === null) return 'nobody';
      if ((await named.capture.identity()) === record.capture.identity) {
        const position = await named.capture.barrier();
        this.position = position;
        const outcome = await this.#reached(named, record.capture.identity, position, deadline);
        if (outcome !== 'another') return outcome;
      }
      // A switch of capture is under way: what is followed next gives a barrier of its own.
      if (performance.now() > deadline) return 'late';
      await delay(lookEveryMs.most, signal);
    }
  }

  /** Whether a process keeps the generation in step now. */
  async followed(record: GenerationRecord): Promise<boolean> {
    const { read, signal } = this.#options;
    const until = performance.now() + betweenSessionsMs;
    for (let latest: GenerationRecord | null = record; latest !== null; latest = await read()) {
      const named = await this.#capture(latest);
      if (named === null) return false;
      if (await this.#holds(named, latest)) return true;
      if (latest.lease === null || sameLease(latest.lease, this.#left)) return false;
      if (performance.now() > until) {
        this.#left = latest.lease;
        return false;
      }
      await delay(lookEveryMs.most, signal);
    }
    return false;
  }

  async #holds({ capture }: NamedCapture, record: GenerationRecord): Promise<boolean> {
    if ((await capture.identity()) !== record.capture.identity) return false;
    if (capture.heldBy !== undefined) return (await capture.heldBy()) !== null;
    const { heldBy } = await capture.inspect(this.#options.required);
    return heldBy !== undefined;
  }

  async #reached(
    { capture }: NamedCapture,
    identity: string,
    position: string,
    deadline: number,
  ): Promise<BarrierOutcome | 'another'> {
    const began = performance.now();
    let lookedAt = began;
    for (let wait = lookEveryMs.first; ; wait = Math.min(wait * 2, lookEveryMs.most)) {
      const record = await this.#options.read();
      if (record === null) return 'nobody';
      if (record.capture.identity !== identity) return 'another';
      const { position: recorded } = record.capture;
      const arrived = recorded !== null && capture.comparePositions(recorded, position) >= 0;
      // What emptied a table is acknowledged once its scan is on record: only the finished scan has its effect.
      if (arrived && record.scan === null && record.requested === null) return 'passed';
      const now = performance.now();
      const isOver = now > deadline;
      if (isOver || now - lookedAt > followerEveryMs) {
        // A reconcile that has begun is waited for, whatever stopped the index before.
        const begun = record.scan !== null && record.scan.boundaries !== null;
        const mayTell = isOver || now - began > stoppedAfterMs;
        this.stopped = begun || !mayTell ? null : (whyStopped(record) ?? (await this.#heldBack(record)));
        if (isOver || this.stopped !== null) return 'late';
        if (!(await this.followed(record))) return 'nobody';
        lookedAt = now;
      }
      await delay(wait, this.#options.signal);
    }
  }

  /** What another index is stopped by is missing from what is durable in all of them. */
  async #heldBack({ capture: { identity } }: GenerationRecord): Promise<string | null> {
    const records = await this.#options.readAll();
    const other = records.find(
      ({ behind, stopped, capture }) =>
        behind === null && typeof stopped === 'string' && capture.identity === identity,
    );
    if (other === undefined) return null;
    return `index "${other.index}" is stopped, and holds back what is recorded as durable: ${other.stopped}`;
  }

  /** What the generation follows; null where it follows nothing, or nothing that can be asked. */
  async #capture({ capture }: GenerationRecord): Promise<NamedCapture | null> {
    const plugin = followedPlugin(capture);
    if (plugin === null) return null;
    const { allowed, reopen } = this.#options.capture;
    const known = [...allowed, ...(this.#reopened === null ? [] : [this.#reopened])].find(
      (each) => each.plugin.name === plugin.name,
    );
    if (known !== undefined) return known;
    try {
      this.#reopened = await reopen(plugin);
      return this.#reopened;
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      return null;
    }
  }
}

/** What its record says of an index that nobody writes to, for people; null: it is written to. */
export function whyStopped(record: GenerationRecord): string | null {
  const { state, reason } = generationStatus({ sink: '', required: true, record });
  if (state !== 'stopped' && state !== 'behind') return null;
  return `the index ${state === 'behind' ? 'was stopped and left behind' : 'is stopped'}: ${reason}`;
}

function sameLease(one: Lease, other: Lease | null): boolean {
  return one.holder === other?.holder && one.beat === other.beat;
}
