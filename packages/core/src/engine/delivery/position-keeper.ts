import { hostname } from 'node:os';
import type { ChangeCapture, Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import { atPosition, type Target } from '../generations/target.ts';
import type { VersionClock } from './delivery.ts';
import type { StreamPoint } from './ticket.ts';
import type { Watermark } from './watermark.ts';

/** Positions that carry changes, or that somebody waits for, are recorded at most this often. */
const everyMs = 1_000;
/** Without changes, this often: an idle database beside a busy one must not pin the log, and a lease lives by it. */
const idleEveryMs = 10_000;

export interface PositionKeeperOptions {
  readonly capture: ChangeCapture;
  readonly watermark: Watermark;
  readonly targets: () => readonly Target[];
  readonly versions: VersionClock;
  readonly observer: Required<Observer>;
  /** Names this process in leases. */
  readonly holder: string;
}

/**
 * Records how far each generation is durable, and acknowledges to the capture only after that: so
 * a capture that is ahead of a record always means missing changes, and never a late write.
 * Renews the leases with the same writes.
 */
export class PositionKeeper {
  readonly #options: PositionKeeperOptions;
  #recorded: StreamPoint | null = null;
  #recordedChanges = 0;
  #recordedAwaited = 0;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  #recordedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PositionKeeperOptions) {
    this.#options = options;
  }

  /** Works until the signal aborts, then rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await delay(everyMs, signal);
      const { changes, awaited } = this.#options.watermark;
      const changed = changes > this.#recordedChanges || awaited > this.#recordedAwaited;
      if (changed || performance.now() - this.#recordedAt >= idleEveryMs) await this.record(signal);
    }
  }

  /** Records what is durable now, and then never again: what is followed is about to change. */
  async close(signal: AbortSignal): Promise<void> {
    await this.record(signal);
    this.#closed = true;
    await this.#turn;
  }

  /** Records what is durable now, then acknowledges it. Waits for a required sink that is down. */
  record(signal: AbortSignal): Promise<void> {
    // One after the other: an older position must not land after a newer one was acknowledged.
    const turn = this.#turn.then(() => this.#record(signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #record(signal: AbortSignal): Promise<void> {
    const { capture, watermark, targets, observer } = this.#options;
    const { point, changes, awaited } = watermark;
    if (this.#closed) return;
    this.#recordedAt = performance.now();
    await Promise.all(targets().map((target) => this.#recordOne(target, point, signal)));
    this.#recordedChanges = changes;
    this.#recordedAwaited = awaited;
    if (point === null || point === this.#recorded) return;
    this.#recorded = point;
    capture.acknowledge(point.token);
    observer.acknowledged({ position: point.position });
  }

  async #recordOne(target: Target, point: StreamPoint | null, signal: AbortSignal): Promise<void> {
    if (target.sink.sink.records === undefined) return;
    const { versions, holder } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        const told = `process ${process.pid} on ${hostname()}`;
        await target.update((record) =>
          atPosition(record, {
            position: point?.position ?? null,
            version: versions.latest,
            holder: { holder, told },
            stopped: target.stopped,
          }),
        );
        return;
      } catch (error) {
        if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
        await delay(nextDelay(attempt, Math.random(), { firstMs: 200, maxMs: 5_000 }), signal);
      }
    }
  }

  /** Gives the leases back, so that whoever comes next need not wait for them. */
  async release(): Promise<void> {
    await releaseLeases(this.#options.targets(), this.#options.holder);
  }
}

/** Gives back what leases of `holder` these records have; what cannot be given back runs out. */
export async function releaseLeases(targets: readonly Target[], holder: string): Promise<void> {
  const held = targets.filter(({ record }) => record.lease?.holder === holder);
  await Promise.allSettled(held.map((target) => target.update((record) => ({ ...record, lease: null }))));
}
