import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat, outcomeOf } from '../expect.ts';
import type { QueueDriver } from './queue-driver.ts';
import {
  batch,
  begun,
  drain,
  endless,
  expectDepth,
  expectWaits,
  names,
  takeTokens,
  tokensOf,
  withQueue,
} from './queue-trial.ts';

const notDurable = ({ durable }: QueueDriver) => (durable ? null : 'the queue is not durable');

/** Taking, giving up, closing and dying. */
export const endChecks: readonly ConformanceCheck<QueueDriver>[] = [
  {
    name: 'takes all that is there up to the limit, at least one batch, and waits for no more',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        for (const [name, changes] of [
          ['a', 3],
          ['b', 3],
          ['c', 3],
          ['d', 9],
        ] as const) {
          await queue.publish(batch(name, changes), endless);
        }
        expectEqual(tokensOf(await queue.take(7, endless)), ['a', 'b'], 'take of at most 7 changes');
        expectEqual(tokensOf(await queue.take(3, endless)), ['c'], 'take of at most 3 changes');
        expectEqual(tokensOf(await queue.take(3, endless)), ['d'], 'take of a batch that is larger alone');
        const waiting = begun(queue.take(100, endless));
        await expectWaits(waiting, 'take from an empty queue');
        await queue.publish(batch('e'), endless);
        expectEqual(tokensOf(await waiting), ['e'], 'take that waited');
      }),
  },
  {
    name: "ends a take with its signal's reason, before and while it waits, and loses nothing by it",
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const reason = new Error('stopped');
        await queue.publish(batch('a'), endless);
        await expectReason(queue.take(10, AbortSignal.abort(reason)), reason, 'take, aborted before');
        expectEqual(await takeTokens(queue, 1), ['a'], 'the batch that was there');
        const controller = new AbortController();
        const waiting = outcomeOf(queue.take(10, controller.signal));
        await delay(20);
        controller.abort(reason);
        expectEqual(await waiting, { kind: 'rejected', error: reason }, 'take, aborted while it waited');
        for (const name of names(0, 3)) await queue.publish(batch(name), endless);
        expectEqual(await takeTokens(queue, 3), names(0, 3), 'the batches published afterwards');
      }),
  },
  {
    name: 'loses and doubles nothing where takes are aborted just as batches come',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const tokens: unknown[] = [];
        for (const [n, name] of names(0, 60).entries()) {
          const controller = new AbortController();
          const take = outcomeOf(queue.take(10, controller.signal));
          const publish = queue.publish(batch(name), endless);
          if (n % 3 === 1) await Promise.resolve();
          if (n % 3 === 2) await delay(1);
          controller.abort(new Error('stopped'));
          await publish;
          const outcome = await take;
          if (outcome.kind === 'resolved' && Array.isArray(outcome.value)) {
            tokens.push(...tokensOf(outcome.value));
          }
        }
        await queue.close();
        tokens.push(...(await drain(queue)));
        expectEqual(tokens, names(0, 60), 'the batches of aborted takes and of those that followed');
      }),
  },
  {
    name: "ends a publish with its signal's reason, lets that batch go, and those behind it in",
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const reason = new Error('stopped');
        const { bytes } = driver.bound;
        const before = queue.publish(batch('x'), AbortSignal.abort(reason));
        await expectReason(before, reason, 'publish, aborted before');
        await queue.publish(batch('a', 1, bytes - 100), endless);
        const controller = new AbortController();
        const stuck = outcomeOf(queue.publish(batch('b', 1, bytes - 100), controller.signal));
        const behind = begun(queue.publish(batch('c', 1, 10), endless));
        await delay(20);
        controller.abort(reason);
        expectEqual(await stuck, { kind: 'rejected', error: reason }, 'publish, aborted while it waited');
        await behind;
        await queue.close();
        expectEqual(await drain(queue), ['a', 'c'], 'what was published');
      }),
  },
  {
    name: 'gives a closed queue to its end, and then null; also to those who wait',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const { bytes } = driver.bound;
        await queue.publish(batch('a', 1, bytes), endless);
        const late = begun(queue.publish(batch('b', 1, bytes), endless));
        await expectWaits(late, 'publish to a full queue');
        await queue.close();
        await queue.close();
        expectEqual(await drain(queue), ['a', 'b'], 'what a closed queue gives');
        await late;
        expectEqual(await queue.take(10, endless), null, 'take from a queue that is closed and empty, again');
        expectDepth(queue, 0, 0, 0);
      }),
  },
  {
    name: 'gives null to a take that waits when it is closed',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const takes = [begun(queue.take(10, endless)), begun(queue.take(10, endless))];
        await expectWaits(Promise.race(takes), 'take from an empty queue');
        await queue.close();
        expectEqual(await Promise.all(takes), [null, null], 'takes that waited');
      }),
  },
  {
    name: 'refuses a batch once it was closed',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        await queue.publish(batch('a'), endless);
        await queue.close();
        const { kind } = await outcomeOf(queue.publish(batch('b'), endless));
        expectEqual(kind, 'rejected', 'publish to a closed queue');
        expectEqual(await drain(queue), ['a'], 'what was published before');
      }),
  },
  {
    name: 'gives, after its process was killed, what was published and not taken, and nothing else',
    notFor: notDurable,
    run: (driver) =>
      withQueue(driver, async (first, name) => {
        for (const one of names(0, 10)) await first.publish(batch(one, 2), endless);
        expectEqual(await takeTokens(first, 4, 2), names(0, 4), 'the batches before the kill');
        const second = await reopened(driver, first, name);
        expectDepth(second, 6, 12, 60);
        expectEqual(await takeTokens(second, 3, 2), names(4, 7), 'the first batches after the kill');
        await second.publish(batch('b10', 2), endless);
        const third = await reopened(driver, second, name);
        await third.close();
        expectEqual(await drain(third), names(7, 11), 'the batches after the second kill');
      }),
  },
  {
    name: 'holds its bound after its process was killed',
    notFor: notDurable,
    run: (driver) =>
      withQueue(driver, async (first, name) => {
        await first.publish(batch('a', driver.bound.changes), endless);
        const second = await reopened(driver, first, name);
        const waiting = begun(second.publish(batch('b'), endless));
        await expectWaits(waiting, 'publish to a queue that was full when its process was killed');
        await second.close();
        expectEqual(await drain(second), ['a', 'b'], 'the batches');
        await waiting;
      }),
  },
];

async function expectReason(call: Promise<unknown>, reason: Error, what: string): Promise<void> {
  expectEqual(await outcomeOf(call), { kind: 'rejected', error: reason }, what);
}

async function reopened(driver: QueueDriver, queue: Queue, name: string): Promise<Queue> {
  expectThat(driver.kill !== undefined, 'the driver of a durable queue needs `kill`');
  await driver.kill(queue);
  return driver.open(name);
}
