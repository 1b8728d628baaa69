import type { Change, ChangeBatch } from '../src/contracts/index.ts';
import { isSluiceError } from '../src/errors/index.ts';
import type { CaptureMutant } from './capture-mutants.ts';
import { isToken } from './memory-capture.ts';

const never = new AbortController().signal;

/** Flaws of acknowledgements, positions, the stream and its errors. */
export const streamMutants: readonly CaptureMutant[] = [
  {
    flaw: 'does not say who holds it when asked alone',
    seenBy: 'refuses a second stream while the first runs, and says who holds it',
    change: () => ({ heldBy: async () => null }),
  },
  {
    flaw: 'takes its own stream for that of another',
    seenBy: 'refuses a second stream while the first runs, and says who holds it',
    change: (_, world) => ({ heldBy: async () => (world.mechanism?.holder == null ? null : 'somebody') }),
  },
  {
    flaw: 'cannot say that nobody holds what is not there',
    seenBy: 'says that nobody holds what was not made yet, or what nobody streams any more',
    change: (capture, world) => ({
      heldBy: async () => (world.mechanism === null ? 'somebody' : ((await capture.heldBy?.()) ?? null)),
    }),
  },
  {
    flaw: 'takes an acknowledgement back',
    seenBy: 'takes acknowledgements in any order, as often as they come, and never throws',
    change: (_, world) => ({
      acknowledge(token) {
        if (isToken(token) && world.mechanism !== null) world.mechanism.acknowledged = token.end;
      },
    }),
  },
  {
    flaw: 'throws at a token that it does not know',
    seenBy: 'takes acknowledgements in any order, as often as they come, and never throws',
    change: (capture) => ({
      acknowledge(token) {
        if (!isToken(token)) throw new TypeError('not a token');
        capture.acknowledge(token);
      },
    }),
  },
  {
    flaw: 'acknowledges one batch, not those before it',
    seenBy: 'acknowledges all before a batch with the batch',
    change: (capture, world) => ({
      acknowledge(token) {
        if (isToken(token) && token.end === (world.mechanism?.acknowledged ?? 0) + 1)
          capture.acknowledge(token);
      },
    }),
  },
  {
    flaw: 'never tells what was acknowledged',
    seenBy: 'learns soon of what was acknowledged, while the stream runs, and never goes back',
    change: () => ({ acknowledged: async () => null }),
  },
  {
    flaw: 'tells as acknowledged what is there',
    seenBy: 'counts nothing as acknowledged that was only yielded',
    change: (_, { database }) => ({ acknowledged: async () => String(95 + database.log.length) }),
  },
  {
    flaw: 'compares positions as text',
    seenBy: 'orders its positions as it yields them, whichever instance compares',
    change: () => ({ comparePositions: (a, b) => (a === b ? 0 : a < b ? -1 : 1) }),
  },
  {
    flaw: 'is before itself',
    seenBy: 'orders its positions as it yields them, whichever instance compares',
    change: () => ({ comparePositions: (a, b) => (Number(a) <= Number(b) ? -1 : 1) }),
  },
  {
    flaw: 'gives a barrier that lies before the last commit',
    seenBy: 'gives a barrier that covers everything visible when it was called',
    change: (capture) => ({ barrier: async () => String(Number(await capture.barrier()) - 3) }),
  },
  {
    flaw: 'does not move on an idle source',
    seenBy: 'reaches a barrier on an idle source, and makes it durable',
    change: (capture) => ({
      async *stream(required, signal) {
        for await (const batch of capture.stream(required, signal)) if (batch.changes.length > 0) yield batch;
      },
    }),
  },
  {
    flaw: 'uses a batch again',
    seenBy: 'says of each batch what it is, and never changes one that it yielded',
    change: (capture) => ({
      async *stream(required, signal) {
        const changes: Change[] = [];
        for await (const batch of capture.stream(required, signal)) {
          changes.splice(0, changes.length, ...batch.changes);
          yield { ...batch, changes };
        }
      },
    }),
  },
  {
    flaw: 'reads on while nobody pulls',
    seenBy: 'holds little in memory however far the consumer is behind, and loses none of it',
    change: (capture, world) => ({
      async *stream(required, signal) {
        const buffer: ChangeBatch[] = [];
        let failure: unknown;
        let ended = false;
        const size = (batch: ChangeBatch) => JSON.stringify(batch.changes).length;
        const reading = (async () => {
          try {
            for await (const batch of capture.stream(required, signal)) {
              buffer.push(batch);
              world.held += size(batch);
              world.database.notify();
            }
          } catch (error) {
            failure = error;
          } finally {
            ended = true;
            world.database.notify();
          }
        })();
        for (;;) {
          const batch = buffer.shift();
          if (batch !== undefined) {
            world.held -= size(batch);
            yield batch;
          } else if (ended) break;
          else await world.database.changed(signal);
        }
        await reading;
        if (failure instanceof Error) throw failure;
      },
    }),
  },
  {
    flaw: 'drops what a slow consumer does not take',
    seenBy: 'holds little in memory however far the consumer is behind, and loses none of it',
    change: (capture, { database }) => ({
      async *stream(required, signal) {
        for await (const batch of capture.stream(required, signal)) {
          const behind = database.log.length - (isToken(batch.token) ? batch.token.end : 0);
          yield behind > 10 ? { ...batch, changes: [] } : batch;
        }
      },
    }),
  },
  {
    flaw: 'tells its lag when the consumer pulls',
    seenBy: 'tells its lag while the stream is blocked',
    change: (capture) => {
      let pulled = Promise.resolve();
      return {
        async *stream(required, signal) {
          for await (const batch of capture.stream(required, signal)) {
            let pull = (): void => undefined;
            pulled = new Promise((resolve) => {
              pull = resolve;
            });
            yield batch;
            pull();
          }
        },
        async lag() {
          await pulled;
          return await capture.lag();
        },
      };
    },
  },
  {
    flaw: 'does not hear of an abort',
    seenBy: 'ends the stream normally when it is aborted, idle or behind, and streams again',
    change: (capture) => ({ stream: (required) => capture.stream(required, never) }),
  },
  {
    flaw: 'throws at an abort',
    seenBy: 'ends the stream normally when it is aborted, idle or behind, and streams again',
    change: (capture) => ({
      async *stream(required, signal) {
        yield* capture.stream(required, signal);
        signal.throwIfAborted();
      },
    }),
  },
  {
    flaw: 'lets two processes stream',
    seenBy: 'refuses a second stream while the first runs, and says who holds it',
    change: (capture, world) => ({
      async *stream(required, signal) {
        if (world.mechanism !== null) world.mechanism.holder = null;
        yield* capture.stream(required, signal);
      },
    }),
  },
  {
    flaw: 'says in its own words that the source is unavailable',
    seenBy: 'says that the source is unavailable where it cannot be reached',
    change: (capture) => ({
      async *stream(required, signal) {
        try {
          yield* capture.stream(required, signal);
        } catch (error) {
          throw isSluiceError(error, 'SLUICE_SOURCE_UNAVAILABLE') ? new Error('ECONNREFUSED') : error;
        }
      },
    }),
  },
  {
    flaw: 'provisions itself',
    seenBy: 'does not stream what was never provisioned, and says what to do',
    change: (capture) => ({
      async *stream(required, signal) {
        await capture.provision(required, { signal });
        yield* capture.stream(required, signal);
      },
    }),
  },
  {
    flaw: 'makes a lost mechanism anew in silence',
    seenBy: 'says that it is lost when its mechanism is gone, until it is provisioned anew',
    change: (capture, world) => ({
      async *stream(required, signal) {
        if (world.wasLost) await capture.provision(required, { signal });
        yield* capture.stream(required, signal);
      },
    }),
  },
  {
    flaw: 'throws at a second close',
    seenBy: 'closes, and closes again, and another instance goes on',
    change: (capture) => {
      let closed = false;
      return {
        async close() {
          if (closed) throw new Error('it is closed');
          closed = true;
          await capture.close();
        },
      };
    },
  },
  {
    flaw: 'takes its mechanism along when it closes',
    seenBy: 'closes, and closes again, and another instance goes on',
    change: (_, world) => ({
      async close() {
        world.mechanism = null;
        world.database.notify();
      },
    }),
  },
];
