import assert from 'node:assert/strict';
import type { Document } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer, hardNumbers, hardText, item, itemId, order, orderKey } from '../source/test-rows.ts';
import { documentCheck, scanned } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { hiddenRegion } from './shop-documents.ts';

const keyOf = ({ key }: Document): string => JSON.stringify(key);

/** build: what a document says. */
export const buildChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  documentCheck('builds one document for each key, in the order of the keys', async (bench) => {
    const { builder, plan } = await bench.ready();
    for (let n = 1; n <= 9; n += 1) await bench.shop.insert('orders', order('eu', n, n));
    await bench.shop.insert('customers', customer(1), customer(2));
    const all = await scanned(builder, plan);
    const keys = [...all].toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
    const built = await builder.build(plan, keys);
    assert.deepEqual(built.map(keyOf), keys.map(keyOf));
    assert.deepEqual(
      built.map(({ id, routing }) => [id, routing]),
      keys.map(({ id, routing }) => [id, routing]),
    );
    bench.assertAll(built);
    assert.deepEqual(await builder.build(plan, []), [], 'no keys');
  }),

  documentCheck(
    'builds a delete for a row that is gone, that never was, or that a filter leaves out',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', order('eu', 1, null), order('eu', 2, null), order('eu', 3, null));
      const keys = (await scanned(builder, plan)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      await bench.shop.delete('orders', orderKey('eu', 2));
      await bench.shop.update('orders', orderKey('eu', 3), { region: hiddenRegion });
      const built = await builder.build(plan, keys);
      assert.deepEqual(
        built.map(({ key, body }) => [key, body !== null]),
        [
          [['eu', '1'], true],
          [['eu', '2'], false],
          [['eu', '3'], false],
        ],
      );
      for (const { version } of built) assert.ok(version > 0n, 'a delete has a version too');
    },
  ),

  documentCheck('keeps every digit and every character of what it reads', async (bench) => {
    const { builder, plan } = await bench.ready();
    const totals = ['0.10', '12345678901234567890.12345678901234567890', '-0.000000001', '100', null];
    for (const [n, id] of hardNumbers.entries()) {
      await bench.shop.insert('customers', customer(id, hardText));
      await bench.shop.insert(
        'orders',
        order(hardText, id, id, { total: totals[n] ?? null, note: hardText }),
      );
    }
    await bench.shop.insert('orders', order('', 0, null, { note: '', total: totals[3] ?? null }));
    await bench.shop.insert('orders', order('|', 1, null, { note: null, total: null }));
    await bench.shop.insert('orderItems', item(1, [hardText, hardNumbers[0]], hardText));
    const documents = await scanned(builder, plan);
    bench.assertAll(documents);
    bench.assertAll(await builder.build(plan, documents));
  }),

  documentCheck('gives every key an id of its own', async (bench) => {
    const { builder, plan } = await bench.ready();
    const regions = [
      'a',
      'a|1',
      'a1',
      'a\\',
      'a\\|',
      '|',
      '||',
      '',
      ' ',
      'a:1',
      'a,1',
      '["a"]',
      'A',
      'á',
      'a\u0301',
    ];
    for (const region of regions) {
      await bench.shop.insert('orders', order(region, 1, null), order(region, 11, null));
    }
    const documents = await scanned(builder, plan);
    assert.equal(new Set(documents.map(({ id }) => id)).size, 2 * regions.length, 'ids');
    bench.assertAll(await builder.build(plan, documents));
  }),

  documentCheck('joins what is related, in one order whatever order it was written in', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', order('eu', 1, 1), order('us', 1, 2), order('us', 2, null));
    await bench.shop.insert('customers', customer(1), customer(2, null));
    for (const n of [5, 1, 9, 3, 7, 2, 8]) await bench.shop.insert('orderItems', item(n, ['eu', 1]));
    await bench.shop.insert('orderItems', item(20, ['us', 2]), item(21, null), item(22, ['eu', 2]));
    await bench.shop.update('orderItems', { id: itemId(1) }, { title: 'written again' });
    bench.assertAll(await scanned(builder, plan));
  }),

  documentCheck(
    'gives the same bytes for the same rows: built, scanned, by whichever builder',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('customers', customer(1));
      await bench.shop.insert('orders', order('eu', 1, 1), order('eu', 2, 1));
      for (const n of [3, 1, 2]) await bench.shop.insert('orderItems', item(n, ['eu', 1]));
      const first = await scanned(builder, plan);
      const bytes = (documents: readonly Document[]) => documents.map(({ id, body }) => [id, body]);
      for (let turn = 0; turn < 5; turn += 1) {
        assert.deepEqual(bytes(await builder.build(plan, first)), bytes(first));
      }
      const other = await bench.open();
      const otherPlan = await bench.bound(other);
      assert.deepEqual(bytes(await scanned(other, otherPlan)), bytes(first));
    },
  ),
];
