import { type ChangeBatch, type Queue, type QueueDepth, SluiceError } from '@sluice/core';

export interface MemoryQueueLimits {
  /** Of all batches together, by `ChangeBatch.bytes`. */
  readonly maxBytes: number;
  /** Of all batches together. A batch without changes counts as one, so that they are bounded too. */
  readonly maxChanges: number;
}

interface Publisher {
  readonly batch: ChangeBatch;
  readonly admit: () => void;
}

interface Taker {
  readonly limit: number;
  readonly serve: (batches: readonly ChangeBatch[] | null) => void;
}

/**
 * A bounded queue in this process's memory: what is in it dies with the process, so the capture
 * must not acknowledge a batch before the sinks have it. Publishers and takers are served in the
 * order in which they came.
 */
export class MemoryQueue implements Queue {
  readonly durable = false;
  readonly #limits: MemoryQueueLimits;
  #held: ChangeBatch[] = [];
  #bytes = 0;
  #changes = 0;
  /** Changes, each empty batch counted as one. */
  #weight = 0;
  readonly #publishers = new Set<Publisher>();
  readonly #takers = new Set<Taker>();
  #closed = false;

  constructor(limits: MemoryQueueLimits) {
    this.#limits = limits;
  }

  async publish(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closed) throw new SluiceError('SLUICE_INTERNAL', 'A batch was published to a closed queue.');
    await this.#wait(signal, this.#publishers, (done: (result: null) => void) => ({
      batch,
      admit: () => done(null),
    }));
  }

  async take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null> {
    signal.throwIfAborted();
    type Batches = readonly ChangeBatch[] | null;
    return this.#wait(signal, this.#takers, (serve: (batches: Batches) => void) => ({ limit, serve }));
  }

  depth(): QueueDepth {
    return { batches: this.#held.length, changes: this.#changes, bytes: this.#bytes };
  }

  /** Batches whose `publish` was waiting still get in; then takers drain what is there. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#settle();
  }

  /** Joins the waiting ones until served; leaves them when `signal` aborts. */
  #wait<Waiter, Result>(
    signal: AbortSignal,
    waiting: Set<Waiter>,
    makeWaiter: (done: (result: Result) => void) => Waiter,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiter = makeWaiter((result) => {
        waiting.delete(waiter);
        signal.removeEventListener('abort', leave);
        resolve(result);
      });
      const leave = (): void => {
        waiting.delete(waiter);
        reject(signal.reason);
        // Whoever waited behind may fit, or may have waited only for this one.
        this.#settle();
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(waiter);
      this.#settle();
    });
  }

  /** Admits and serves until nobody can go on. */
  #settle(): void {
    for (;;) {
      for (const { batch, admit } of this.#publishers) {
        if (!this.#fits(batch)) break;
        this.#count(batch, 1);
        this.#held.push(batch);
        admit();
      }
      const [taker] = this.#takers;
      if (taker === undefined) return;
      if (this.#held.length > 0) taker.serve(this.#remove(taker.limit));
      else if (this.#closed) taker.serve(null);
      else return;
    }
  }

  #fits(batch: ChangeBatch): boolean {
    if (this.#held.length === 0) return true;
    return (
      this.#bytes + batch.bytes <= this.#limits.maxBytes &&
      this.#weight + weightOf(batch) <= this.#limits.maxChanges
    );
  }

  #remove(limit: number): readonly ChangeBatch[] {
    let changes = 0;
    let end = 0;
    for (const batch of this.#held) {
      changes += batch.changes.length;
      if (end > 0 && changes > limit) break;
      end += 1;
    }
    const taken = this.#held.splice(0, end);
    for (const batch of taken) this.#count(batch, -1);
    return taken;
  }

  #count(batch: ChangeBatch, sign: 1 | -1): void {
    this.#bytes += sign * batch.bytes;
    this.#changes += sign * batch.changes.length;
    this.#weight += sign * weightOf(batch);
  }
}

function weightOf(batch: ChangeBatch): number {
  return Math.max(1, batch.changes.length);
}
