import assert from 'node:assert/strict';
import type { Document, DocumentBuilder, IndexPlan, RangeSplit } from '../../contracts/index.ts';
import { beside } from '../beside.ts';
import type { ConformanceCheck } from '../check.ts';
import { hardText, order, orderKey } from '../source/test-rows.ts';
import { documentCheck, scanned } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { hiddenRegion } from './shop-documents.ts';

/** Regions in no particular order, so that neither text nor numbers come sorted. */
const regions = ['eu', 'us', 'Ä', 'a|b', hardText, '', 'zz', 'EU'];
const manyOrders = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    order(regions[n % regions.length] ?? '', (n * 7919) % 10_007, null),
  );

async function scanRanges(
  builder: DocumentBuilder,
  plan: IndexPlan,
  { ranges }: RangeSplit,
): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for (const range of ranges) documents.push(...(await scanned(builder, plan, range, 50)));
  return documents;
}

function assertCoversEverything({ ranges }: RangeSplit): void {
  assert.ok(ranges.length > 0, 'ranges');
  assert.deepEqual([ranges[0]?.from, ranges.at(-1)?.to], [null, null], 'the first and the last are open');
  for (const [at, { to }] of ranges.slice(0, -1).entries()) {
    assert.deepEqual(ranges[at + 1]?.from, to, `range ${at + 1} begins where range ${at} ends`);
    assert.notEqual(to, null, `range ${at} has an end`);
  }
}

/** split and scan: every row, once. */
export const scanChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  documentCheck('splits the root into ranges whose scans give every document once', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', ...manyOrders(1500));
    for (const size of [100, 400, 5000]) {
      const split = await builder.split(plan, size);
      assertCoversEverything(split);
      bench.assertAll(await scanRanges(builder, plan, split));
    }
  }),

  documentCheck('splits an empty root, and gives what was written later', async (bench) => {
    const { builder, plan } = await bench.ready();
    const split = await builder.split(plan, 100);
    assertCoversEverything(split);
    assert.deepEqual(await scanRanges(builder, plan, split), []);
    await bench.shop.insert('orders', ...manyOrders(30));
    bench.assertAll(await scanRanges(builder, plan, split));
  }),

  documentCheck(
    'gives every row of a scan once, also those written between split and scan',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      const [early, late] = [manyOrders(1200).slice(0, 600), manyOrders(1200).slice(600)];
      await bench.shop.insert('orders', ...early);
      const split = await builder.split(plan, 75);
      await bench.shop.insert('orders', ...late);
      bench.assertAll(await scanRanges(builder, plan, split));
    },
  ),

  documentCheck('gives every row that stays once, while others come and go', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', ...manyOrders(800));
    const stays = [...bench.expected().keys()].toSorted();
    const split = await builder.split(plan, 60);
    let scanning = true;
    const write = async () => {
      for (let n = 20_000; scanning; n += 1) {
        const region = regions[n % regions.length] ?? '';
        await bench.source.insert('orders', [order(region, n, null)]);
        if (n % 3 === 0) await bench.source.delete('orders', orderKey(region, n));
      }
    };
    const writing = beside(write());
    let documents: readonly Document[] = [];
    try {
      documents = await scanRanges(builder, plan, split);
    } finally {
      scanning = false;
      await writing;
    }
    const keys = documents.map(({ key }) => JSON.stringify(key));
    assert.equal(new Set(keys).size, keys.length, 'a row came twice');
    const old = keys.filter((key) => !/"2\d{4}"\]$/.test(key)).toSorted();
    assert.deepEqual(old, stays, 'the rows that were there all the time');
  }),

  documentCheck(
    'scans in pages of at most the size asked for, in one order, without deletes',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', ...manyOrders(230), order(hiddenRegion, 1, null));
      const orders: string[][] = [];
      for (const pageSize of [1, 7, 100, 10_000]) {
        const keys: string[] = [];
        for await (const page of builder.scan(plan, { from: null, to: null }, pageSize)) {
          assert.ok(page.length <= pageSize, `a page of ${page.length}, asked for ${pageSize}`);
          assert.equal(new Set(page.map(({ version }) => version)).size, 1, 'one page, one snapshot');
          for (const { key, body } of page) {
            assert.ok(body !== null, 'a scan yields no deletes');
            keys.push(JSON.stringify(key));
          }
        }
        orders.push(keys);
      }
      for (const keys of orders) assert.deepEqual(keys, orders[0], 'the order of keys');
    },
  ),

  documentCheck(
    'scans a range from its start, which it leaves out, to its end, which it has',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', ...manyOrders(60));
      const all = await scanned(builder, plan);
      const keys = all.map(({ key }) => key);
      const part = await scanned(builder, plan, { from: keys[9] ?? null, to: keys[29] ?? null });
      assert.deepEqual(
        part.map(({ key }) => key),
        keys.slice(10, 30),
      );
      const rest = await scanned(builder, plan, { from: keys[29] ?? null, to: null });
      assert.deepEqual(
        rest.map(({ key }) => key),
        keys.slice(30),
      );
    },
  ),

  documentCheck('scans documents that say what the rows say, and can be left at any page', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', ...manyOrders(120));
    for await (const page of builder.scan(plan, { from: null, to: null }, 10)) {
      if (page.length > 0) break;
    }
    bench.assertAll(await scanned(builder, plan, { from: null, to: null }, 13));
  }),

  documentCheck('makes ranges of about the size asked for', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', ...manyOrders(1000));
    const { ranges, rows } = await builder.split(plan, 100);
    assert.ok(ranges.length >= 5 && ranges.length <= 20, `${ranges.length} ranges of 100 for 1000 rows`);
    assert.ok(rows >= 500 && rows <= 2000, `an estimate of ${rows} rows for 1000`);
  }),
];
