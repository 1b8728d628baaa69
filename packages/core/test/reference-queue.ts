import type { QueueDriver } from '../src/conformance/index.ts';
import type { ChangeBatch, Queue } from '../src/contracts/index.ts';
import { SluiceError } from '../src/errors/index.ts';

export const bound = { changes: 100, bytes: 10_000 };

/** What a queue holds; that of a durable queue outlives its instances. */
export interface StoredQueue {
  batches: ChangeBatch[];
}

/** Where a flaw may be put into the reference. */
export interface QueueRules {
  fits(held: readonly ChangeBatch[], batch: ChangeBatch): boolean;
  insert(held: ChangeBatch[], batch: ChangeBatch): void;
  /** How many batches a take gets; 0: it waits. */
  pick(held: readonly ChangeBatch[], limit: number): number;
}

export const keptRules: QueueRules = {
  fits(held, batch) {
    if (held.length === 0) return true;
    const all = [...held, batch];
    return weight(all) <= bound.changes && bytes(all) <= bound.bytes;
  },
  insert: (held, batch) => held.push(batch),
  pick(held, limit) {
    let end = 0;
    let changes = 0;
    for (const batch of held) {
      changes += batch.changes.length;
      if (end > 0 && changes > limit) break;
      end += 1;
    }
    return end;
  },
};

export function weight(batches: readonly ChangeBatch[]): number {
  return batches.reduce((sum, { changes }) => sum + Math.max(1, changes.length), 0);
}

export function bytes(batches: readonly ChangeBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.bytes, 0);
}

/** A queue that keeps every promise, as plainly as can be: whoever waits looks again at every change. */
export class ReferenceQueue implements Queue {
  readonly durable: boolean;
  readonly store: StoredQueue;
  readonly #rules: QueueRules;
  readonly #publishers: symbol[] = [];
  readonly #takers: symbol[] = [];
  #closed = false;
  readonly #wakes = new Set<() => void>();

  constructor(store: StoredQueue, rules: QueueRules, durable: boolean) {
    this.store = store;
    this.#rules = rules;
    this.durable = durable;
  }

  async publish(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closed) throw new SluiceError('SLUICE_INTERNAL', 'the queue is closed');
    const fits = () => this.#rules.fits(this.store.batches, batch);
    await this.#turn(this.#publishers, fits, signal, () => this.#rules.insert(this.store.batches, batch));
  }

  take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null> {
    const ended = () => this.#closed && this.store.batches.length === 0 && this.#publishers.length === 0;
    const count = () => this.#rules.pick(this.store.batches, limit);
    return this.#turn(
      this.#takers,
      () => count() > 0 || ended(),
      signal,
      () => (ended() ? null : this.store.batches.splice(0, count())),
    );
  }

  depth() {
    const { batches } = this.store;
    const changes = batches.reduce((sum, batch) => sum + batch.changes.length, 0);
    return { batches: batches.length, changes, bytes: bytes(batches) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#changed();
  }

  /** Waits in line until `ready`, and acts in the same breath. */
  async #turn<Result>(
    line: symbol[],
    ready: () => boolean,
    signal: AbortSignal,
    act: () => Result,
  ): Promise<Result> {
    signal.throwIfAborted();
    const own = Symbol('waiter');
    const changed = () => this.#changed();
    line.push(own);
    signal.addEventListener('abort', changed, { once: true });
    try {
      while (!signal.aborted && !(line[0] === own && ready())) await this.#change();
      signal.throwIfAborted();
      return act();
    } finally {
      line.splice(line.indexOf(own), 1);
      signal.removeEventListener('abort', changed);
      this.#changed();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakes.add(resolve);
    });
  }

  #changed(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }
}

export type MakeQueue = (store: StoredQueue, durable: boolean) => Queue;

/** Drives the queues that `make` makes. */
export function memoryQueueDriver(durable: boolean, make: MakeQueue = makeReferenceQueue): QueueDriver {
  const stores = new Map<string, StoredQueue>();
  return {
    durable,
    bound,
    async open(name) {
      const store = stores.get(name) ?? { batches: [] };
      if (durable) stores.set(name, store);
      return make(store, durable);
    },
    ...(durable && { kill: () => Promise.resolve() }),
  };
}

export function makeReferenceQueue(store: StoredQueue, durable: boolean): Queue {
  return new ReferenceQueue(store, keptRules, durable);
}
