import type { ChangeBatch, Queue, QueueDepth } from '@sluice/core';

export interface QueueBound {
  readonly changes: number;
  readonly bytes: number;
}

/** Somebody who waits, and how to let them go on. */
interface Waiting<What, Result> {
  readonly what: What;
  readonly resolve: (result: Result) => void;
}

/**
 * Holds batches in memory, in order. What is in it dies with the process, so it says that it is not
 * durable, and the capture keeps a batch until the sinks have it.
 */
export class BoundedQueue implements Queue {
  readonly durable = false;
  readonly #bound: QueueBound;
  readonly #batches: ChangeBatch[] = [];
  #changes = 0;
  #bytes = 0;
  #closed = false;
  /** Both in the order in which they came. */
  readonly #publishers: Waiting<ChangeBatch, void>[] = [];
  readonly #takers: Waiting<number, readonly ChangeBatch[] | null>[] = [];

  constructor(bound: QueueBound) {
    this.#bound = bound;
  }

  async publish(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closed) throw new Error('The queue is closed');
    await this.#wait(this.#publishers, batch, signal);
  }

  async take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null> {
    signal.throwIfAborted();
    return this.#wait(this.#takers, limit, signal);
  }

  depth(): QueueDepth {
    return { batches: this.#batches.length, changes: this.#changes, bytes: this.#bytes };
  }

  /** Whoever waits to publish still gets in, and what is there can be taken. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#proceed();
  }

  #wait<What, Result>(queue: Waiting<What, Result>[], what: What, signal: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(entry), 1);
        reject(signal.reason);
        // Whoever stood behind may go on now.
        this.#proceed();
      };
      const entry: Waiting<What, Result> = {
        what,
        resolve: (result) => {
          signal.removeEventListener('abort', leave);
          resolve(result);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.push(entry);
      this.#proceed();
    });
  }

  /** Lets in and hands out for as long as somebody can go on. */
  #proceed(): void {
    for (;;) {
      this.#letIn();
      const taker = this.#takers[0];
      if (taker === undefined || (this.#batches.length === 0 && !this.#closed)) return;
      this.#takers.shift();
      taker.resolve(this.#batches.length === 0 ? null : this.#handOut(taker.what));
    }
  }

  #letIn(): void {
    for (;;) {
      const publisher = this.#publishers[0];
      if (publisher === undefined || !this.#hasRoomFor(publisher.what)) return;
      this.#publishers.shift();
      this.#batches.push(publisher.what);
      this.#count(publisher.what, 1);
      publisher.resolve();
    }
  }

  /** A batch larger than the bound gets in when it is alone. */
  #hasRoomFor({ changes, bytes }: ChangeBatch): boolean {
    if (this.#batches.length === 0) return true;
    // One without changes takes room too: there may be any number of them.
    const weight = Math.max(this.#changes + changes.length, this.#batches.length + 1);
    return weight <= this.#bound.changes && this.#bytes + bytes <= this.#bound.bytes;
  }

  #handOut(limit: number): readonly ChangeBatch[] {
    let changes = 0;
    let end = 0;
    for (const batch of this.#batches) {
      changes += batch.changes.length;
      if (end > 0 && changes > limit) break;
      end += 1;
    }
    const taken = this.#batches.splice(0, end);
    for (const batch of taken) this.#count(batch, -1);
    return taken;
  }

  #count({ changes, bytes }: ChangeBatch, sign: 1 | -1): void {
    this.#changes += sign * changes.length;
    this.#bytes += sign * bytes;
  }
}
