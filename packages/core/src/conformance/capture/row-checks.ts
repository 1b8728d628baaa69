import assert from 'node:assert/strict';
import type { ConformanceCheck } from '../check.ts';
import { customer, hardNumbers, hardText, item, itemId, order, orderKey } from '../source/test-rows.ts';
import { captureCheck } from './capture-bench.ts';
import { assertAfter, assertDeleted, assertNamed, of, show, states } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

/** What a change says of its row. */
export const rowChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck('reports an inserted row with its key and links', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('orders', [order('eu', 1, 7), order('eu', 2, 8)]);
    await consumer.caughtUp();
    assertAfter(consumer.changes, 'orders', { region: 'eu', number: '1', customerId: '7' });
    assertAfter(consumer.changes, 'orders', { region: 'eu', number: '2', customerId: '8' });
  }),

  captureCheck('reports an updated row with its key and links, though neither changed', async (bench) => {
    await bench.source.insert('orders', [order('eu', 1, 7)]);
    const consumer = await bench.following();
    await bench.source.update('orders', orderKey('eu', 1), { note: 'another' });
    await consumer.caughtUp();
    assertAfter(consumer.changes, 'orders', { region: 'eu', number: '1', customerId: '7' });
  }),

  captureCheck(
    'reports a deleted row with the links that it had',
    async (bench) => {
      await bench.source.insert('orderItems', [item(1, ['eu', 1])]);
      const consumer = await bench.following();
      await bench.source.delete('orderItems', { id: itemId(1) });
      await consumer.caughtUp();
      const was = { id: itemId(1), orderRegion: 'eu', orderNumber: '1' };
      assertDeleted(consumer.changes, 'orderItems', was);
    },
    'deletes',
  ),

  captureCheck(
    'names both keys of a row whose key changed',
    async (bench) => {
      await bench.source.insert('orders', [order('eu', 1, 7)]);
      const consumer = await bench.following();
      await bench.source.update('orders', orderKey('eu', 1), { number: '2' });
      await consumer.caughtUp();
      assertNamed(consumer.changes, 'orders', { region: 'eu', number: '1', customerId: '7' });
      assertNamed(consumer.changes, 'orders', { region: 'eu', number: '2', customerId: '7' });
    },
    'before',
  ),

  captureCheck(
    'names the former and the new parent of a row that moved',
    async (bench) => {
      await bench.source.insert('orderItems', [item(1, ['eu', 1])]);
      const consumer = await bench.following();
      await bench.source.update('orderItems', { id: itemId(1) }, { orderNumber: '2' });
      await consumer.caughtUp();
      const id = itemId(1);
      assertNamed(consumer.changes, 'orderItems', { id, orderRegion: 'eu', orderNumber: '1' });
      assertNamed(consumer.changes, 'orderItems', { id, orderRegion: 'eu', orderNumber: '2' });
    },
    'before',
  ),

  captureCheck(
    'names every parent of a row that moves several times in one transaction',
    async (bench) => {
      await bench.source.insert('orderItems', [item(1, ['eu', 1])]);
      const consumer = await bench.following();
      const transaction = await bench.source.begin();
      await transaction.update('orderItems', { id: itemId(1) }, { orderNumber: '2' });
      await transaction.update('orderItems', { id: itemId(1) }, { orderRegion: 'us', orderNumber: '3' });
      await transaction.commit();
      await consumer.caughtUp();
      assertNamed(consumer.changes, 'orderItems', { orderRegion: 'eu', orderNumber: '1' });
      assertNamed(consumer.changes, 'orderItems', { orderRegion: 'us', orderNumber: '3' });
    },
    'before',
  ),

  captureCheck('reports a NULL link as null, which is not the same as absent', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('orders', [order('eu', 1, null)]);
    await bench.source.insert('orderItems', [item(1, null)]);
    await consumer.caughtUp();
    assertAfter(consumer.changes, 'orders', { region: 'eu', number: '1', customerId: null });
    assertAfter(consumer.changes, 'orderItems', { id: itemId(1), orderRegion: null, orderNumber: null });
  }),

  captureCheck(
    'names a parent that a row gets, and loses, by way of NULL',
    async (bench) => {
      await bench.source.insert('orders', [order('eu', 1, null), order('eu', 2, 7)]);
      const consumer = await bench.following();
      await bench.source.update('orders', orderKey('eu', 1), { customerId: '5' });
      await bench.source.update('orders', orderKey('eu', 2), { customerId: null });
      await consumer.caughtUp();
      assertAfter(consumer.changes, 'orders', { number: '1', customerId: '5' });
      assertNamed(consumer.changes, 'orders', { number: '2', customerId: '7' });
      assertAfter(consumer.changes, 'orders', { number: '2', customerId: null });
    },
    'before',
  ),

  captureCheck('keeps every digit of keys and links that are large numbers', async (bench) => {
    const consumer = await bench.following();
    for (const number of hardNumbers) {
      await bench.source.insert('customers', [customer(number)]);
      await bench.source.insert('orders', [order('eu', number, number)]);
    }
    await consumer.caughtUp();
    for (const number of hardNumbers) {
      assertAfter(consumer.changes, 'customers', { id: number });
      assertAfter(consumer.changes, 'orders', { region: 'eu', number, customerId: number });
    }
  }),

  captureCheck('keeps every character of keys and links that are text', async (bench) => {
    const texts = [hardText, '', ' ', 'NULL', '{}', '"', "'", '\\', '\\N', '日本語', 'a,b', '(1,2)'];
    const consumer = await bench.following();
    await bench.source.insert(
      'orders',
      texts.map((text, n) => order(text, n, null)),
    );
    await bench.source.insert(
      'orderItems',
      texts.map((text, n) => item(n, [text, n])),
    );
    await consumer.caughtUp();
    for (const [n, text] of texts.entries()) {
      assertAfter(consumer.changes, 'orders', { region: text, number: String(n) });
      assertAfter(consumer.changes, 'orderItems', { id: itemId(n), orderRegion: text });
    }
  }),

  captureCheck('names the tables of the source as they are written, and reports no other', async (bench) => {
    const consumer = await bench.following(bench.require('orders', 'orderItems'));
    await bench.source.insert('customers', [customer(1)]);
    await bench.source.insert('orders', [order('eu', 1, 1)]);
    await bench.source.insert('orderItems', [item(1, ['eu', 1])]);
    await consumer.caughtUp();
    const tables = new Set(consumer.changes.map(({ table }) => `${table.schema}.${table.name}`));
    const { schema } = bench.source;
    assert.deepEqual([...tables].toSorted(), [`${schema}.orderItems`, `${schema}.orders`]);
  }),

  captureCheck('carries key and links of a row and nothing else', async (bench) => {
    await bench.source.insert('orders', [order('eu', 1, 7)]);
    const consumer = await bench.following();
    await bench.source.update('orders', orderKey('eu', 1), { note: 'n'.repeat(1000) });
    await bench.source.update('orders', orderKey('eu', 1), { customerId: '8' });
    await bench.source.delete('orders', orderKey('eu', 1));
    await bench.source.insert('orders', [order('eu', 2, 7)]);
    await consumer.caughtUp();
    for (const state of states(consumer.changes, 'orders')) {
      const more = Object.keys(state).filter((name) => !['region', 'number', 'customerId'].includes(name));
      assert.deepEqual(more, [], 'columns that are no link');
    }
  }),

  captureCheck(
    'reports an emptied table, and what comes after it',
    async (bench) => {
      await bench.source.insert('orderItems', [item(1, ['eu', 1]), item(2, ['eu', 1])]);
      const consumer = await bench.following();
      await bench.source.truncate('orderItems');
      await bench.source.insert('orderItems', [item(3, ['eu', 1])]);
      await consumer.caughtUp();
      const truncates = of(consumer.changes, 'orderItems').filter(
        ({ operation }) => operation === 'truncate',
      );
      assert.ok(truncates.length > 0, `no truncate came, only ${show(consumer.changes)}`);
      for (const change of truncates) {
        assert.deepEqual([change.before, change.after], [undefined, undefined], 'a truncate has no values');
      }
      assertAfter(consumer.changes, 'orderItems', { id: itemId(3) });
    },
    'truncates',
  ),
];
