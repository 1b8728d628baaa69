import assert from 'node:assert/strict';
import type { ConformanceCheck } from '../check.ts';
import { customer } from '../source/test-rows.ts';
import { waitUntil } from '../wait-until.ts';
import { captureCheck } from './capture-bench.ts';
import { assertAfter, names } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

/** Acknowledgements, positions and barriers. */
export const positionChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck(
    'takes acknowledgements in any order, as often as they come, and never throws',
    async (bench) => {
      const consumer = await bench.following();
      for (const id of [1, 2, 3]) {
        await bench.source.insert('customers', [customer(id)]);
        await consumer.until(`change ${id}`, (changes) => names(changes, 'customers', { id: String(id) }));
      }
      const tokens = consumer.batches.map(({ token }) => token);
      for (const token of [...tokens, ...tokens.toReversed()]) {
        for (let times = 0; times < 100; times += 1) consumer.capture.acknowledge(token);
      }
      for (const token of [undefined, null, 0, '', {}, [], 'nonsense']) consumer.capture.acknowledge(token);
      await bench.close(consumer);
      for (const token of tokens.toReversed()) consumer.capture.acknowledge(token);
      const { changes } = await bench.restarted();
      assert.deepEqual(changes, [], 'an earlier acknowledgement took a later one back');
    },
  ),

  captureCheck('acknowledges all before a batch with the batch', async (bench) => {
    const consumer = await bench.following();
    for (const id of [1, 2, 3]) {
      await bench.source.insert('customers', [customer(id)]);
      await consumer.until(`change ${id}`, (changes) => names(changes, 'customers', { id: String(id) }));
    }
    consumer.acknowledgeAll();
    await bench.close(consumer);
    assert.deepEqual((await bench.restarted()).changes, []);
  }),

  captureCheck(
    'learns soon of what was acknowledged, while the stream runs, and never goes back',
    async (bench) => {
      const consumer = await bench.following();
      const { capture } = consumer;
      let last = await capture.acknowledged();
      for (let id = 1; id <= 5; id += 1) {
        await bench.source.insert('customers', [customer(id)]);
        await consumer.caughtUp();
        const reached = consumer.batches.findLast(({ position }) => position !== null)?.position ?? '';
        consumer.acknowledgeAll();
        await waitUntil(
          async () => {
            const now = await capture.acknowledged();
            assert.ok(now !== null || last === null, 'the acknowledged position went away');
            if (now === null) return false;
            if (last !== null)
              assert.ok(capture.comparePositions(now, last) >= 0, `${now} is before ${last}`);
            last = now;
            return capture.comparePositions(now, reached) >= 0;
          },
          { what: `the acknowledged position to reach ${reached}`, patienceMs: bench.patienceMs },
        );
      }
      await bench.close(consumer);
      const next = await bench.open();
      const resumed = await next.acknowledged();
      assert.ok(
        resumed !== null && last !== null && next.comparePositions(resumed, last) >= 0,
        'after a restart',
      );
    },
  ),

  captureCheck('counts nothing as acknowledged that was only yielded', async (bench) => {
    const consumer = await bench.following();
    consumer.acknowledgeAll();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    const { capture, batches } = consumer;
    const yielded = batches.find(({ changes, position }) => changes.length > 0 && position !== null);
    const acknowledged = await capture.acknowledged();
    assert.ok(yielded?.position != null, 'the change came with no position');
    assert.ok(
      acknowledged === null || capture.comparePositions(acknowledged, yielded.position) < 0,
      `${acknowledged} is acknowledged, and ${yielded.position} was only yielded`,
    );
  }),

  captureCheck('orders its positions as it yields them, whichever instance compares', async (bench) => {
    const consumer = await bench.following();
    for (let id = 1; id <= 6; id += 1) {
      await bench.source.insert('customers', [customer(id)]);
      if (id % 2 === 0) await consumer.caughtUp();
    }
    await consumer.caughtUp();
    consumer.acknowledgeAll();
    await bench.close(consumer);
    const next = await bench.restarted();
    await bench.source.insert('customers', [customer(7)]);
    await next.caughtUp();
    const positions = [...consumer.batches, ...next.batches].flatMap(({ position }) => position ?? []);
    const signs = positions.map((a) => positions.map((b) => Math.sign(next.capture.comparePositions(a, b))));
    for (const [a, row] of signs.entries()) {
      for (const [b, sign] of row.entries()) {
        assert.equal(sign + (signs[b]?.[a] ?? 0), 0, `${positions[a]} and ${positions[b]}, both ways`);
        if (a <= b) assert.ok(sign <= 0, `${positions[a]} came before ${positions[b]} and is after it`);
      }
    }
    assert.ok((signs[0]?.at(-1) ?? 0) < 0, 'the first position is before the last');
  }),

  captureCheck('gives a barrier that covers everything visible when it was called', async (bench) => {
    const consumer = await bench.following();
    await consumer.stop();
    const before = [1, 2, 3, 4, 5].map(String);
    for (const id of before) await bench.source.insert('customers', [customer(id)]);
    const { capture } = consumer;
    const barrier = await capture.barrier();
    const again = bench.consume(capture);
    await again.reaches(barrier);
    const at = again.batches.findIndex(
      ({ position }) => position !== null && capture.comparePositions(position, barrier) >= 0,
    );
    const seen = again.batches.slice(0, at + 1).flatMap(({ changes }) => changes);
    for (const id of before) assertAfter(seen, 'customers', { id });
  }),

  captureCheck(
    'gives barriers beside a busy stream that cover what was committed before them',
    async (bench) => {
      const consumer = await bench.following();
      const { capture, batches } = consumer;
      for (let id = 1; id <= 15; id += 1) {
        const later = bench.source.begin().then(async (transaction) => {
          await transaction.insert('customers', [customer(id + 100)]);
          return transaction;
        });
        const open = await later;
        await bench.source.insert('customers', [customer(id)]);
        const barrier = await capture.barrier();
        await open.commit();
        await consumer.reaches(barrier);
        const at = batches.findIndex(
          ({ position }) => position !== null && capture.comparePositions(position, barrier) >= 0,
        );
        const seen = batches.slice(0, at + 1).flatMap(({ changes }) => changes);
        assertAfter(seen, 'customers', { id: String(id) });
      }
    },
  ),

  captureCheck('reaches a barrier on an idle source, and makes it durable', async (bench) => {
    const consumer = await bench.following();
    const { capture } = consumer;
    const barrier = await capture.barrier();
    await consumer.reaches(barrier);
    consumer.acknowledgeAll();
    await waitUntil(
      async () => {
        const acknowledged = await capture.acknowledged();
        return acknowledged !== null && capture.comparePositions(acknowledged, barrier) >= 0;
      },
      { what: `the acknowledged position to reach the barrier ${barrier}`, patienceMs: bench.patienceMs },
    );
  }),

  captureCheck('says of a batch that a barrier lies in it, where it says so at all', async (bench) => {
    const consumer = await bench.following();
    const { capture, batches } = consumer;
    for (let id = 1; id <= 3; id += 1) {
      await bench.source.insert('customers', [customer(id)]);
      const from = batches.length;
      const barrier = await capture.barrier();
      await consumer.reaches(barrier);
      const came = batches.slice(from);
      const at = came.findIndex(
        ({ position }) => position !== null && capture.comparePositions(position, barrier) >= 0,
      );
      const marked = came.findIndex((batch) => batch.barrier === true);
      assert.ok(
        marked === at || batches.every((batch) => batch.barrier === undefined),
        `the barrier lies in batch ${at}, said is batch ${marked}`,
      );
    }
  }),

  captureCheck('knows positions of its own by their text', async (bench) => {
    const consumer = await bench.following();
    const { capture } = consumer;
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    consumer.acknowledgeAll();
    const own = [...consumer.batches.flatMap(({ position }) => position ?? []), await capture.barrier()];
    for (const position of own) assert.notEqual(capture.isPosition?.(position), false, position);
    for (const text of ['', ' ', 'nonsense', `${own[0]} `, `x${own[0]}`]) {
      assert.notEqual(capture.isPosition?.(text), true, JSON.stringify(text));
    }
  }),
];
