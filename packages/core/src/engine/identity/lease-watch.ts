import type { Lease } from '../generations/generation-record.ts';

/** A lease that stays as it is for this long, while it is watched, is one of a process that is gone. */
export const leaseMs = 30_000;
/** Looks further apart than this say nothing of what was between them: perhaps the sink was away for everybody. */
const gapMs = 15_000;

/**
 * `free`: nobody's, our own, or of a process that is gone. `held`: not watched for long enough to know.
 * `renewed`: seen to be renewed while it was watched, so somebody writes.
 */
export type LeaseState = 'free' | 'held' | 'renewed';

interface Seen {
  readonly lease: Lease;
  /** When it was known to be as it is. */
  readonly since: number;
  readonly lookedAt: number;
  readonly renewals: number;
}

/**
 * Tells living leases from dead ones by our own clock alone: a lease lives for as long as we see it
 * change. What a clock of another host says is never compared with ours, so none has to be right.
 */
export class LeaseWatch {
  readonly #holder: string;
  readonly #clock: () => number;
  readonly #seen = new Map<string, Seen>();

  /**
   * @param holder this process
   * @param clock ms, never set back: not the time of day
   */
  constructor(holder: string, clock: () => number = () => performance.now()) {
    this.#holder = holder;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock();
  }

  /** @param asked by `now`, before the record was asked for: what it says is that old at most */
  look(id: string, lease: Lease | null, asked: number): LeaseState {
    if (lease === null || lease.holder === this.#holder) {
      this.#seen.delete(id);
      return 'free';
    }
    const before = this.#seen.get(id);
    const watched = before !== undefined && asked - before.lookedAt <= gapMs;
    const same = watched && before.lease.holder === lease.holder && before.lease.beat === lease.beat;
    const lookedAt = this.#clock();
    const since = same ? before.since : lookedAt;
    const renewals = !watched ? 0 : same ? before.renewals : before.renewals + 1;
    this.#seen.set(id, { lease, since, lookedAt, renewals });
    if (asked - since >= leaseMs) return 'free';
    return renewals > 1 ? 'renewed' : 'held';
  }
}
