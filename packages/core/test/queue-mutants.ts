import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeBatch, Queue } from '../src/contracts/index.ts';
import {
  bound,
  bytes,
  keptRules,
  type MakeQueue,
  makeReferenceQueue,
  type QueueRules,
  ReferenceQueue,
  type StoredQueue,
  weight,
} from './reference-queue.ts';

/** The reference queue with one flaw. */
export interface QueueMutant {
  /** Completes the sentence "A queue is found out that …". */
  readonly flaw: string;
  /** Part of the name of the check that must fail. */
  readonly breaks: string;
  readonly durable?: boolean;
  readonly make: MakeQueue;
}

function ruled(rules: Partial<QueueRules>): MakeQueue {
  return (store, durable) => new ReferenceQueue(store, { ...keptRules, ...rules }, durable);
}

function changed(change: (queue: Queue, store: StoredQueue) => Partial<Queue>): MakeQueue {
  return (store, durable) => {
    const own = makeReferenceQueue(store, durable);
    return {
      durable,
      publish: (batch, signal) => own.publish(batch, signal),
      take: (limit, signal) => own.take(limit, signal),
      depth: () => own.depth(),
      close: () => own.close(),
      ...change(own, store),
    };
  };
}

const never = new AbortController().signal;

export const queueMutants: readonly QueueMutant[] = [
  {
    flaw: 'says that it is not durable although its driver says so',
    breaks: 'as durable as its driver claims',
    durable: true,
    make: changed(() => ({ durable: false })),
  },
  {
    flaw: 'gives what came last first',
    breaks: 'every batch once and in order',
    make: ruled({ insert: (held, batch) => held.unshift(batch) }),
  },
  {
    flaw: 'drops the oldest batch when it is full',
    breaks: 'every batch once and in order',
    make: ruled({
      fits: () => true,
      insert: (held, batch) => {
        if (!keptRules.fits(held, batch)) held.shift();
        held.push(batch);
      },
    }),
  },
  {
    flaw: 'drops a batch when it is full',
    breaks: 'every batch once and in order',
    make: ruled({
      fits: () => true,
      insert: (held, batch) => {
        if (keptRules.fits(held, batch)) held.push(batch);
      },
    }),
  },
  {
    flaw: 'gives the last batch of a take again with the next one',
    breaks: 'every batch once and in order',
    make: changed((own) => {
      let last: readonly ChangeBatch[] = [];
      return {
        take: async (limit, signal) => {
          const taken = await own.take(limit, signal);
          const given = taken && [...last, ...taken].slice(0, limit);
          last = taken?.slice(-1) ?? [];
          return given;
        },
      };
    }),
  },
  {
    flaw: 'loses null values on the way',
    breaks: 'gives a batch as it was published',
    make: changed((own) => ({
      publish: (batch, signal) =>
        own.publish(
          JSON.parse(JSON.stringify(batch, (_key, value) => (value === null ? undefined : value))),
          signal,
        ),
    })),
  },
  {
    flaw: 'forgets the transactions of a batch',
    breaks: 'gives a batch as it was published',
    make: changed((own) => ({
      publish: (batch, signal) => own.publish({ ...batch, transactions: [] }, signal),
    })),
  },
  {
    flaw: 'swallows batches without changes',
    breaks: 'gives a batch as it was published',
    make: changed((own) => ({
      publish: async (batch, signal) => {
        if (batch.changes.length > 0) await own.publish(batch, signal);
      },
    })),
  },
  {
    flaw: 'counts no changes towards its bound',
    breaks: 'all the changes that it may',
    make: ruled({ fits: (held, batch) => held.length === 0 || bytes([...held, batch]) <= bound.bytes }),
  },
  {
    flaw: 'counts no bytes towards its bound',
    breaks: 'all the bytes that it may',
    make: ruled({ fits: (held, batch) => held.length === 0 || weight([...held, batch]) <= bound.changes }),
  },
  {
    flaw: 'throws when it is full',
    breaks: 'all the bytes that it may',
    make: changed((own, store) => ({
      publish: async (batch, signal) => {
        if (!keptRules.fits(store.batches, batch)) throw new Error('full');
        await own.publish(batch, signal);
      },
    })),
  },
  {
    flaw: 'holds any number of batches without changes',
    breaks: 'bounds batches without changes',
    make: ruled({
      fits: (held, batch) => batch.changes.length === 0 || keptRules.fits(held, batch),
    }),
  },
  {
    flaw: 'never lets a batch in that is larger than its bound',
    breaks: 'larger than its bound in alone',
    make: ruled({ fits: (held, batch) => batch.bytes <= bound.bytes && keptRules.fits(held, batch) }),
  },
  {
    flaw: 'lets a batch that is larger than its bound in beside others',
    breaks: 'larger than its bound in alone',
    make: ruled({ fits: (held, batch) => batch.bytes > bound.bytes || keptRules.fits(held, batch) }),
  },
  {
    flaw: 'counts what was ever published for its depth',
    breaks: 'tells its depth',
    make: changed((own) => {
      let total = 0;
      return {
        publish: async (batch, signal) => {
          await own.publish(batch, signal);
          total += batch.bytes;
        },
        depth: () => ({ ...own.depth(), bytes: total }),
      };
    }),
  },
  {
    flaw: 'takes batches for changes in its depth',
    breaks: 'tells its depth',
    make: changed((own) => ({ depth: () => ({ ...own.depth(), changes: own.depth().batches }) })),
  },
  {
    flaw: 'gives one batch to two who take at once',
    breaks: 'with many publishers and many takers',
    make: changed((own, store) => {
      let waiting = 0;
      return {
        take: async (limit, signal) => {
          waiting += 1;
          const taken = await own.take(limit, signal);
          waiting -= 1;
          if (waiting > 0) store.batches.push(...(taken ?? []).slice(0, 1));
          return taken;
        },
      };
    }),
  },
  {
    flaw: 'lets the batches of one publisher overtake each other',
    breaks: 'keeps the order of each of many publishers',
    make: ruled({ insert: (held, batch) => held.splice(Math.max(0, held.length - 3), 0, batch) }),
  },
  {
    flaw: 'waits until a take is full',
    breaks: 'takes all that is there',
    make: ruled({
      pick: (held, limit) => (weight(held) >= limit ? keptRules.pick(held, limit) : 0),
    }),
  },
  {
    flaw: 'takes one batch at a time',
    breaks: 'takes all that is there',
    make: ruled({ pick: (held) => Math.min(1, held.length) }),
  },
  {
    flaw: 'takes more changes than it was asked for',
    breaks: 'takes all that is there',
    make: ruled({ pick: (held) => held.length }),
  },
  {
    flaw: 'takes nothing where the next batch is larger than the limit',
    breaks: 'takes all that is there',
    make: ruled({
      pick: (held, limit) => ((held[0]?.changes.length ?? 0) > limit ? 0 : keptRules.pick(held, limit)),
    }),
  },
  {
    flaw: 'gives null from an empty queue that is open',
    breaks: 'takes all that is there',
    make: changed((own, store) => ({
      take: async (limit, signal) => (store.batches.length === 0 ? null : own.take(limit, signal)),
    })),
  },
  {
    flaw: 'ends an aborted take with null',
    breaks: "ends a take with its signal's reason",
    make: changed((own) => ({ take: (limit, signal) => own.take(limit, signal).catch(() => null) })),
  },
  {
    flaw: 'does not look at the signal of a take',
    breaks: "ends a take with its signal's reason",
    make: changed((own) => ({ take: (limit) => own.take(limit, never) })),
  },
  {
    flaw: 'loses what it took for a take that is aborted',
    breaks: 'just as batches come',
    make: changed((own) => ({
      take: async (limit, signal) => {
        const taken = await own.take(limit, signal);
        await delay(0);
        signal.throwIfAborted();
        return taken;
      },
    })),
  },
  {
    flaw: 'lets the batch of an aborted publish in later',
    breaks: "ends a publish with its signal's reason",
    make: changed((own) => ({
      publish: async (batch, signal) => {
        signal.throwIfAborted();
        const aborted = new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
        await Promise.race([own.publish(batch, never), aborted]);
      },
    })),
  },
  {
    flaw: 'does not look at the signal of a publish',
    breaks: "ends a publish with its signal's reason",
    make: changed((own) => ({ publish: (batch) => own.publish(batch, never) })),
  },
  {
    flaw: 'drops what it holds when it is closed',
    breaks: 'gives a closed queue to its end',
    make: changed((own, store) => ({
      close: async () => {
        store.batches.length = 0;
        await own.close();
      },
    })),
  },
  {
    flaw: 'throws when it is closed twice',
    breaks: 'gives a closed queue to its end',
    make: changed((own) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error('closed already');
          closed = true;
          await own.close();
        },
      };
    }),
  },
  {
    flaw: 'leaves those who wait waiting when it is closed',
    breaks: 'gives null to a take that waits',
    make: changed(() => ({ close: () => Promise.resolve() })),
  },
  {
    flaw: 'takes batches once it was closed',
    breaks: 'refuses a batch once it was closed',
    make: changed((own) => {
      let closed = false;
      return {
        publish: async (batch, signal) => {
          if (!closed) await own.publish(batch, signal);
        },
        close: () => {
          closed = true;
          return own.close();
        },
      };
    }),
  },
  {
    flaw: 'is durable by its word alone',
    breaks: 'gives, after its process was killed',
    durable: true,
    make: (_store, durable) => makeReferenceQueue({ batches: [] }, durable),
  },
  {
    flaw: 'gives again what was taken before its process was killed',
    breaks: 'gives, after its process was killed',
    durable: true,
    make: (store, durable) => {
      const own = makeReferenceQueue({ batches: [...store.batches] }, durable);
      return Object.assign(own, {
        publish: async (batch: ChangeBatch, signal: AbortSignal) => {
          await ReferenceQueue.prototype.publish.call(own, batch, signal);
          store.batches.push(batch);
        },
      });
    },
  },
  {
    flaw: 'writes a batch down a moment after publish resolved',
    breaks: 'gives, after its process was killed',
    durable: true,
    make: (store, durable) => {
      const own = makeReferenceQueue({ batches: [...store.batches] }, durable);
      return Object.assign(own, {
        publish: async (batch: ChangeBatch, signal: AbortSignal) => {
          await ReferenceQueue.prototype.publish.call(own, batch, signal);
          void delay(50).then(() => store.batches.push(batch));
        },
      });
    },
  },
  {
    flaw: 'forgets how full it was when its process was killed',
    breaks: 'holds its bound after its process was killed',
    durable: true,
    make: (store, durable) => {
      const before = new Set(store.batches);
      return new ReferenceQueue(
        store,
        {
          ...keptRules,
          fits: (held, batch) =>
            keptRules.fits(
              held.filter((one) => !before.has(one)),
              batch,
            ),
        },
        durable,
      );
    },
  },
];
