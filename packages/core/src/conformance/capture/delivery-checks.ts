import assert from 'node:assert/strict';
import type { ConformanceCheck } from '../check.ts';
import { customer, item, order } from '../source/test-rows.ts';
import { captureCheck } from './capture-bench.ts';
import { assertAfter, assertNamed, assertNotNamed, states } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

/** Which transactions are delivered, and when again. */
export const deliveryChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck('delivers what was committed while nobody streamed', async (bench) => {
    const consumer = await bench.following();
    await bench.close(consumer);
    await bench.source.insert('customers', [customer(1)]);
    const transaction = await bench.source.begin();
    await transaction.insert('customers', [customer(2)]);
    await transaction.insert('orders', [order('eu', 1, 2)]);
    await transaction.commit();
    const { changes } = await bench.restarted();
    assertAfter(changes, 'customers', { id: '1' });
    assertAfter(changes, 'customers', { id: '2' });
    assertAfter(changes, 'orders', { region: 'eu', number: '1' });
  }),

  captureCheck('never reports what was rolled back', async (bench) => {
    const consumer = await bench.following();
    const transaction = await bench.source.begin();
    await transaction.insert('customers', [customer(1)]);
    await bench.source.insert('customers', [customer(2)]);
    await consumer.caughtUp();
    await transaction.rollback();
    await bench.source.insert('customers', [customer(3)]);
    await consumer.caughtUp();
    assertNotNamed(consumer.changes, 'customers', { id: '1' });
    assertAfter(consumer.changes, 'customers', { id: '2' });
    assertAfter(consumer.changes, 'customers', { id: '3' });
  }),

  captureCheck(
    'reports nothing of a transaction before it is committed',
    async (bench) => {
      const consumer = await bench.following();
      const transaction = await bench.source.begin();
      await transaction.insert('customers', [customer(1)]);
      await consumer.caughtUp();
      assertNotNamed(consumer.changes, 'customers', { id: '1' });
      await transaction.commit();
      await consumer.caughtUp();
      assertAfter(consumer.changes, 'customers', { id: '1' });
    },
    'late commits',
  ),

  captureCheck(
    'delivers a transaction that commits after a later one was acknowledged',
    async (bench) => {
      const consumer = await bench.following();
      const late = await bench.source.begin();
      await late.insert('customers', [customer(1)]);
      await bench.source.insert('customers', [customer(2)]);
      await consumer.caughtUp();
      consumer.acknowledgeAll();
      await bench.close(consumer);
      const second = await bench.restarted();
      await late.commit();
      await second.caughtUp();
      assertAfter(second.changes, 'customers', { id: '1' });
    },
    'late commits',
  ),

  captureCheck(
    'delivers, of many writers at once, all that was committed and only that',
    async (bench) => {
      const consumer = await bench.following();
      const kept: string[] = [];
      const undone: string[] = [];
      await Promise.all(
        Array.from({ length: 5 }, async (_, writer) => {
          for (let round = 0; round < 8; round += 1) {
            const transaction = await bench.source.begin();
            const ids = Array.from({ length: 1 + ((writer + round) % 4) }, (__, n) =>
              String(1 + n + 10 * round + 1000 * writer),
            );
            for (const id of ids) await transaction.insert('customers', [customer(id)]);
            consumer.acknowledgeAll();
            if ((writer * 3 + round) % 4 === 0) {
              await transaction.rollback();
              undone.push(...ids);
            } else {
              await transaction.commit();
              kept.push(...ids);
            }
          }
        }),
      );
      await consumer.caughtUp();
      const seen = new Set(states(consumer.changes, 'customers').map(({ id }) => id));
      assert.deepEqual(
        kept.filter((id) => !seen.has(id)),
        [],
        'committed, and not delivered',
      );
      assert.deepEqual(
        undone.filter((id) => seen.has(id)),
        [],
        'rolled back, and delivered',
      );
    },
    'late commits',
  ),

  captureCheck('delivers the second of two commits when only the first was acknowledged', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.until('the first commit', (changes) => changes.length > 0);
    const first = consumer.batches.findLast(({ changes }) => changes.length > 0);
    await bench.source.insert('customers', [customer(2)]);
    await consumer.until('the second commit', (changes) => changes.length > 1);
    consumer.capture.acknowledge(first?.token);
    await bench.close(consumer);
    assertAfter((await bench.restarted()).changes, 'customers', { id: '2' });
  }),

  captureCheck('delivers again what was not acknowledged, to the next process', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    await bench.close(consumer);
    const second = await bench.restarted();
    assertAfter(second.changes, 'customers', { id: '1' });
    await bench.source.insert('customers', [customer(2)]);
    await second.caughtUp();
    await bench.kill(second);
    const third = await bench.restarted();
    assertAfter(third.changes, 'customers', { id: '1' });
    assertAfter(third.changes, 'customers', { id: '2' });
  }),

  captureCheck(
    'delivers again what was not acknowledged, to the next stream of one instance',
    async (bench) => {
      const consumer = await bench.following();
      await bench.source.insert('customers', [customer(1)]);
      await consumer.caughtUp();
      await consumer.stop();
      const second = await bench.follow(consumer.capture);
      assertAfter(second.changes, 'customers', { id: '1' });
    },
  ),

  captureCheck('does not deliver again what was acknowledged before close', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    consumer.acknowledgeAll();
    await bench.close(consumer);
    await bench.source.insert('customers', [customer(2)]);
    const { changes } = await bench.restarted();
    assertNotNamed(changes, 'customers', { id: '1' });
    assertAfter(changes, 'customers', { id: '2' });
  }),

  captureCheck('delivers the rest of a large transaction of which a part was acknowledged', async (bench) => {
    const consumer = await bench.following();
    const count = 6000;
    const rows = Array.from({ length: count }, (_, n) => item(n, ['eu', n]));
    await bench.source.insert('orderItems', rows);
    await consumer.caughtUp();
    const parts = consumer.batches.filter(({ changes }) => changes.length > 0);
    const [part] = parts;
    assert.ok(part !== undefined, 'no batch came');
    consumer.capture.acknowledge(part.token);
    await bench.close(consumer);
    const given = states(part.changes, 'orderItems');
    const later = states((await bench.restarted()).changes, 'orderItems');
    const seen = new Set([...given, ...later].map(({ id }) => id));
    assert.equal(seen.size, count, 'rows of the transaction that came before or after the restart');
  }),

  captureCheck(
    'delivers a row that comes and goes in one transaction, or nothing of it, and goes on',
    async (bench) => {
      const consumer = await bench.following();
      const transaction = await bench.source.begin();
      await transaction.insert('orderItems', [item(1, ['eu', 1])]);
      await transaction.delete('orderItems', { id: item(1, null)['id'] ?? '' });
      await transaction.insert('orderItems', [item(2, ['eu', 1])]);
      await transaction.commit();
      await consumer.caughtUp();
      assertNamed(consumer.changes, 'orderItems', { orderRegion: 'eu', orderNumber: '1' });
      assertAfter(consumer.changes, 'orderItems', { id: item(2, null)['id'] ?? '' });
    },
  ),
];
