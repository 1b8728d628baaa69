import type { Observer } from '../../contracts/index.ts';
import { delay, Signpost } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import type { Moment } from './moment.ts';

const waits = { firstMs: 100, maxMs: 5_000 };

/**
 * One sink's state as all writers of a run see it. While the sink is down one writer at a time
 * probes it with growing waits; the others wait, so that a sink that comes back meets one bulk
 * and not all of them.
 */
export class SinkHealth {
  readonly name: string;
  readonly #observer: Required<Observer>;
  readonly #random: () => number;
  readonly #signpost = new Signpost();
  #failures = 0;
  #probing = false;
  /** By the steady clock: when the sink was last known to be down or busy. */
  #troubledAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, observer: Required<Observer>, random: () => number = Math.random) {
    this.name = name;
    this.#observer = observer;
    this.#random = random;
  }

  get down(): boolean {
    return this.#failures > 0;
  }

  /**
   * Whether the sink was down or busy at some time since: it may have restarted, and forgotten which
   * deletes it took.
   */
  troubledSince({ steady }: Moment): boolean {
    return this.#troubledAt >= steady;
  }

  /** It answers, but not yet for all that it was given. */
  busy(): void {
    this.#troubledAt = performance.now();
  }

  /** Resolves when a write may be tried. Every call must be answered by `succeeded`, `failed` or `abstained`. */
  async admit(signal: AbortSignal): Promise<void> {
    await this.#signpost.until(() => !this.down || this.#becomeProber(), signal);
    if (!this.down) return;
    try {
      await delay(nextDelay(this.#failures, this.#random(), waits), signal);
    } catch (error) {
      this.abstained();
      throw error;
    }
    // What the prober holds was read before anybody knows that the sink is back.
    this.#troubledAt = performance.now();
  }

  #becomeProber(): boolean {
    if (this.#probing) return false;
    this.#probing = true;
    return true;
  }

  /** The write was not tried, or failed for a reason that says nothing of the sink. */
  abstained(): void {
    this.#probing = false;
    this.#signpost.changed();
  }

  succeeded(): void {
    const recovered = this.down;
    this.#failures = 0;
    this.#probing = false;
    if (!recovered) return;
    this.#troubledAt = performance.now();
    this.#observer.recovered({ what: 'sink', name: this.name });
    this.#signpost.changed();
  }

  failed(error: Error): void {
    this.#failures += 1;
    this.#troubledAt = performance.now();
    this.#observer.retry({
      what: 'sink',
      name: this.name,
      attempt: this.#failures,
      delayMs: nextDelay(this.#failures, 0, waits),
      error,
    });
    this.abstained();
  }
}
