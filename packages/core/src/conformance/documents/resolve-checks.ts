import assert from 'node:assert/strict';
import type { Document } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer, hardText, item, itemId, order, orderKey } from '../source/test-rows.ts';
import { documentCheck, resolved, resolvedKeys, scanned } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { hiddenRegion } from './shop-documents.ts';

const pageBound = 10_000;

/** resolve: from changed rows to the documents that hold them, or held them. */
export const resolveChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  documentCheck(
    'resolves a changed root row to its own document, where it was and where it is',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', order('eu', 1, null), order(hardText, 2, null));
      const keys = () => resolvedKeys(builder, plan, bench.shop.changes(plan));
      assert.deepEqual(await keys(), [JSON.stringify([hardText, '2']), '["eu","1"]'].toSorted(), 'inserts');
      await bench.shop.update('orders', orderKey('eu', 1), { note: 'new' });
      assert.deepEqual(await keys(), ['["eu","1"]'], 'an update');
      await bench.shop.update('orders', orderKey('eu', 1), { number: '7' });
      assert.deepEqual(await keys(), ['["eu","1"]', '["eu","7"]'], 'a change of its key');
      await bench.shop.delete('orders', orderKey('eu', 7));
      assert.deepEqual(await keys(), ['["eu","7"]'], 'a delete');
      assert.deepEqual(await resolvedKeys(builder, plan, []), [], 'no changes');
    },
  ),

  documentCheck('resolves a changed parent to every document that holds it', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('customers', customer(1), customer(2), customer('9007199254740993'));
    await bench.shop.insert('orders', order('eu', 1, 1), order('us', 2, 1), order('eu', 3, 2));
    await bench.shop.insert('orders', order('eu', 4, '9007199254740993'), order('eu', 5, '9007199254740992'));
    bench.shop.changes(plan);
    await bench.shop.update('customers', { id: '1' }, { name: 'renamed' });
    assert.deepEqual(await resolvedKeys(builder, plan, bench.shop.changes(plan)), [
      '["eu","1"]',
      '["us","2"]',
    ]);
    await bench.shop.delete('customers', { id: '9007199254740993' });
    assert.deepEqual(await resolvedKeys(builder, plan, bench.shop.changes(plan)), ['["eu","4"]']);
  }),

  documentCheck(
    'resolves a child to the document that it was in and the one that it is in',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', order('eu', 1, null), order('eu', 2, null), order('eu', 3, null));
      const keys = () => resolvedKeys(builder, plan, bench.shop.changes(plan));
      bench.shop.changes(plan);
      await bench.shop.insert('orderItems', item(1, ['eu', 1]));
      assert.deepEqual(await keys(), ['["eu","1"]'], 'an insert');
      await bench.shop.update('orderItems', { id: itemId(1) }, { orderNumber: '2' });
      assert.deepEqual(await keys(), ['["eu","1"]', '["eu","2"]'], 'a move');
      await bench.shop.update('orderItems', { id: itemId(1) }, { orderRegion: null });
      assert.deepEqual(await keys(), ['["eu","2"]'], 'it is in none now');
      await bench.shop.update('orderItems', { id: itemId(1) }, { orderRegion: 'eu', orderNumber: '3' });
      assert.deepEqual(await keys(), ['["eu","3"]'], 'it was in none');
      await bench.shop.delete('orderItems', { id: itemId(1) });
      assert.deepEqual(await keys(), ['["eu","3"]'], 'a delete');
      await bench.shop.insert('orderItems', item(2, null));
      assert.deepEqual(await keys(), [], 'a child of none');
    },
  ),

  documentCheck('resolves many changes at once, of any tables', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('customers', customer(1), customer(2));
    for (let n = 1; n <= 30; n += 1) await bench.shop.insert('orders', order('eu', n, n <= 10 ? 1 : null));
    bench.shop.changes(plan);
    await bench.shop.update('customers', { id: '1' }, { name: 'renamed' });
    for (let n = 8; n <= 20; n += 1) await bench.shop.insert('orderItems', item(n, ['eu', n]));
    await bench.shop.update('orders', orderKey('eu', 30), { note: 'new' });
    const expected = [...Array.from({ length: 20 }, (_, n) => n + 1), 30].map((n) =>
      JSON.stringify(['eu', String(n)]),
    );
    assert.deepEqual(await resolvedKeys(builder, plan, bench.shop.changes(plan)), expected.toSorted());
  }),

  documentCheck(
    'resolves in pages of bounded size, however many documents one row touches',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('customers', customer(1));
      const count = 2 * pageBound + 2000;
      for (let from = 0; from < count; from += 2000) {
        const rows = Array.from({ length: 2000 }, (_, n) => order('eu', from + n, 1));
        await bench.source.insert('orders', rows);
      }
      await bench.shop.update('customers', { id: '1' }, { name: 'renamed' });
      const seen = new Set<string>();
      for await (const page of builder.resolve(plan, bench.shop.changes(plan))) {
        assert.ok(page.length <= pageBound, `a page of ${page.length} keys`);
        for (const { key } of page) seen.add(JSON.stringify(key));
      }
      assert.equal(seen.size, count, 'documents that hold the row');
    },
  ),

  documentCheck('keeps an index in step by what it resolves and builds alone', async (bench) => {
    const { builder, plan } = await bench.ready();
    const index = new Map<string, Document>();
    const apply = (documents: readonly Document[]) => {
      for (const document of documents) {
        const place = JSON.stringify([document.id, document.routing]);
        const held = index.get(place);
        if (held === undefined || held.version <= document.version) index.set(place, document);
      }
    };
    const { shop } = bench;
    const steps: readonly (() => Promise<void>)[] = [
      () => shop.insert('customers', customer(1), customer(2)),
      () => shop.insert('orders', order('eu', 1, 1), order('eu', 2, 2), order('us', 1, null)),
      () => shop.insert('orderItems', item(1, ['eu', 1]), item(2, ['eu', 1]), item(3, ['eu', 2])),
      () => shop.update('orderItems', { id: itemId(1) }, { orderNumber: '2' }),
      () => shop.update('orders', orderKey('eu', 1), { customerId: '2' }),
      () => shop.update('customers', { id: '2' }, { name: 'renamed' }),
      () => shop.update('orders', orderKey('eu', 2), { number: '20' }),
      () => shop.update('orderItems', { id: itemId(3) }, { orderNumber: '20' }),
      () => shop.update('customers', { id: '1' }, { id: '100' }),
      () => shop.update('orders', orderKey('us', 1), { customerId: '100' }),
      () => shop.delete('orderItems', { id: itemId(2) }),
      () => shop.delete('customers', { id: '2' }),
      () => shop.update('orders', orderKey('eu', 1), { region: hiddenRegion }),
      () => shop.update('orders', orderKey(hiddenRegion, 1), { region: 'back' }),
      () => shop.insert('customers', customer(2, 'again')),
      () => shop.delete('orders', orderKey('eu', 20)),
    ];
    for (const step of steps) {
      await step();
      apply(await builder.build(plan, await resolved(builder, plan, shop.changes(plan))));
      bench.assertAll([...index.values()].filter(({ body }) => body !== null));
    }
    bench.assertAll(await scanned(builder, plan));
  }),
];
