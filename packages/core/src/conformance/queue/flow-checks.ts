import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeBatch } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import type { QueueDriver } from './queue-driver.ts';
import {
  batch,
  begun,
  drain,
  endless,
  expectDepth,
  expectWaits,
  names,
  publishAll,
  takeTokens,
  tokensOf,
  withQueue,
} from './queue-trial.ts';

/** Lets publishers fill the queue before the first batch is taken. No check depends on it, in ms. */
const aMoment = 20;

/** Every kind of change, with what serialising likes to lose: null, absent, order, unusual text. */
const delicate: ChangeBatch = {
  changes: [
    {
      table: { schema: 'public', name: 'Users "quoted"' },
      operation: 'update',
      before: { id: '1', parent: null, ü: 'é\n\u2028"😀' },
      after: { id: '1' },
    },
    { table: { schema: 'shop', name: 'items' }, operation: 'delete', before: { id: '' }, lossAccepted: true },
    { table: { schema: 'shop', name: 'items' }, operation: 'truncate' },
    { table: { schema: 'shop', name: 'items' }, operation: 'resync', reason: 'the slot was lost' },
    {
      table: { schema: 'public', name: 'a' },
      operation: 'insert',
      after: { z: '9007199254740993', a: '1.10' },
    },
  ],
  token: { lsn: '0/16B3748', list: [1, null, 'two'] },
  position: null,
  transactions: ['18446744073709551615', '7'],
  committedAt: 1_700_000_000_000.5,
  bytes: 400,
};

/** What goes in comes out: order, wholeness, bounds. */
export const flowChecks: readonly ConformanceCheck<QueueDriver>[] = [
  {
    name: 'is as durable as its driver claims',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        expectEqual(queue.durable, driver.durable, 'durable');
        expectThat(
          !driver.durable || driver.kill !== undefined,
          'the driver of a durable queue needs `kill`',
        );
      }),
  },
  {
    name: 'gives every batch once and in order, many times its bound in all',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const count = driver.bound.changes * 5;
        const publishing = begun(publishAll(queue, names(0, count)));
        await delay(aMoment);
        expectEqual(await takeTokens(queue, count, 7), names(0, count), 'the batches');
        await publishing;
        expectDepth(queue, 0, 0, 0);
      }),
  },
  {
    name: 'gives a batch as it was published',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const quiet = { ...batch('quiet', 0, 0), changes: [], position: '0/1', committedAt: null };
        await queue.publish(delicate, endless);
        await queue.publish(quiet, endless);
        const taken: ChangeBatch[] = [];
        while (taken.length < 2) taken.push(...((await queue.take(100, endless)) ?? []));
        expectEqual(taken, [delicate, quiet], 'the batches');
      }),
  },
  {
    name: 'waits while it holds all the changes that it may, and goes on, in order, as room appears',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const { changes } = driver.bound;
        await queue.publish(batch('b0', changes - 1), endless);
        await queue.publish(batch('b1', 1), endless);
        const third = begun(queue.publish(batch('b2', 1), endless));
        await expectWaits(third, 'publish to a queue that holds all the changes that it may');
        expectDepth(queue, 2, changes, 20);
        expectEqual(await takeTokens(queue, 1, 1), ['b0'], 'the first batch');
        await third;
        expectEqual(await takeTokens(queue, 2), ['b1', 'b2'], 'the batches');
      }),
  },
  {
    name: 'waits while it holds all the bytes that it may',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const { bytes } = driver.bound;
        await queue.publish(batch('b0', 1, bytes - 10), endless);
        const second = begun(queue.publish(batch('b1', 1, 20), endless));
        await expectWaits(second, 'publish to a queue that holds all the bytes that it may');
        expectEqual(await takeTokens(queue, 1), ['b0'], 'the first batch');
        await second;
        expectEqual(await takeTokens(queue, 1), ['b1'], 'the second batch');
      }),
  },
  {
    name: 'bounds batches without changes, too',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const count = driver.bound.changes * 20;
        let published = 0;
        const controller = new AbortController();
        const publishing = (async () => {
          for (const name of names(0, count)) {
            await queue.publish(batch(name, 0, 0), controller.signal);
            published += 1;
          }
        })().catch(() => undefined);
        for (let seen = -1; seen !== published; ) {
          seen = published;
          await delay(100);
        }
        const reached = published;
        controller.abort(new Error('enough'));
        await publishing;
        expectThat(reached < count, `it let in ${count} batches without changes before one was taken`);
        expectEqual(tokensOf(await queue.take(1, endless))[0], 'b0', 'the first batch');
      }),
  },
  {
    name: 'lets a batch that is larger than its bound in alone',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const { changes, bytes } = driver.bound;
        await queue.publish(batch('small'), endless);
        const large = begun(queue.publish(batch('large', changes * 3, bytes * 3), endless));
        const behind = begun(queue.publish(batch('behind'), endless));
        await expectWaits(large, 'publish of a batch beyond the bound, to a queue that is not empty');
        expectEqual(await takeTokens(queue, 1), ['small'], 'the first batch');
        await large;
        await expectWaits(behind, 'publish behind a batch beyond the bound');
        expectDepth(queue, 1, changes * 3, bytes * 3);
        expectEqual(await takeTokens(queue, 1), ['large'], 'the large batch');
        await behind;
        expectEqual(await takeTokens(queue, 1), ['behind'], 'the batch behind it');
      }),
  },
  {
    name: 'tells its depth in batches, changes and bytes',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        expectDepth(queue, 0, 0, 0);
        await queue.publish(batch('b0', 3, 30), endless);
        await queue.publish(batch('b1', 0, 7), endless);
        await queue.publish(batch('b2', 2, 5), endless);
        expectDepth(queue, 3, 5, 42);
        await takeTokens(queue, 1, 3);
        const { batches } = queue.depth();
        await takeTokens(queue, batches, 100);
        expectDepth(queue, 0, 0, 0);
      }),
  },
  {
    name: 'loses and doubles nothing with many publishers and many takers at once',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const publishers = Array.from({ length: 8 }, (_, at) =>
          begun(publishAll(queue, names(0, 50, `p${at}-`), 3, 50)),
        );
        const taken: unknown[][] = [[], [], [], []];
        const takeAll = async (into: unknown[]): Promise<void> => {
          for (;;) {
            const batches = await queue.take(10, endless);
            if (batches === null) return;
            into.push(...tokensOf(batches));
          }
        };
        const takers = taken.map((into) => begun(takeAll(into)));
        await Promise.all(publishers);
        await queue.close();
        await Promise.all(takers);
        const expected = Array.from({ length: 8 }, (_, at) => names(0, 50, `p${at}-`)).flat();
        expectEqual(taken.flat().map(String).toSorted(), expected.toSorted(), 'all that was taken');
      }),
  },
  {
    name: 'keeps the order of each of many publishers',
    run: (driver) =>
      withQueue(driver, async (queue) => {
        const publishers = Array.from({ length: 8 }, (_, at) =>
          begun(publishAll(queue, names(0, 50, `p${at}-`), 3, 50)),
        );
        await delay(aMoment);
        const draining = begun(drain(queue));
        await Promise.all(publishers);
        await queue.close();
        const tokens = await draining;
        for (let at = 0; at < 8; at++) {
          const own = tokens.filter((token) => String(token).startsWith(`p${at}-`));
          expectEqual(own, names(0, 50, `p${at}-`), 'the batches of one publisher');
        }
      }),
  },
];
