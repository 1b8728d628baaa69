import { SluiceError } from '../../errors/index.ts';
import type { RecordConflict } from '../generations/target.ts';

/** A takeover costs one or two, also where several processes stand by. */
const most = 8;
const withinMs = 120_000;

/** Tells two processes that never stop taking a record from each other from one that took over. */
export class RecentConflicts {
  readonly #clock: () => number;
  #times: readonly number[] = [];

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Throws SLUICE_SINK_SHARED where it happens again and again. */
  add(conflict: RecordConflict): void {
    const now = this.#clock();
    this.#times = [...this.#times.filter((time) => now - time < withinMs), now];
    if (this.#times.length < most) return;
    throw new SluiceError(
      'SLUICE_SINK_SHARED',
      `${conflict.message}, ${most} times within ${withinMs / 1000} seconds`,
      {
        hint: 'Something else keeps this index in step and does not stand by for this process: another deployment with the same prefix on this cluster, or another sink of this configuration that leads to the same place. Give one of them a `prefix` of its own.',
        cause: conflict,
      },
    );
  }
}
