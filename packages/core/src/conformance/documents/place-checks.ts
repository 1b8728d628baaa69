import assert from 'node:assert/strict';
import type { Document, DocumentBuilder, IndexPlan } from '../../contracts/index.ts';
import { beside } from '../beside.ts';
import type { ConformanceCheck } from '../check.ts';
import { order, orderKey } from '../source/test-rows.ts';
import { documentCheck, resolved, scanned } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { shopSchema } from './shop-documents.ts';

async function one(builder: DocumentBuilder, plan: IndexPlan, keys: readonly Document[]): Promise<Document> {
  const [document, ...more] = await builder.build(plan, keys);
  assert.ok(document !== undefined && more.length === 0, 'one document for one key');
  return document;
}

/** How new a document is, and where it lies: build, absent, locate. */
export const placeChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  documentCheck(
    'gives a document that sees a commit a higher version than any that does not',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', order('eu', 1, null, { note: '0' }));
      const keys = await scanned(builder, plan);
      let last = keys[0]?.version ?? 0n;
      for (let turn = 1; turn <= 10; turn += 1) {
        await bench.shop.update('orders', orderKey('eu', 1), { note: String(turn) });
        const [now] = turn % 2 === 0 ? await scanned(builder, plan) : [await one(builder, plan, keys)];
        assert.ok(now !== undefined && now.version > last, `version ${now?.version} after ${last}`);
        last = now.version;
      }
      await bench.shop.delete('orders', orderKey('eu', 1));
      const [gone] = await builder.absent(plan, keys);
      assert.ok(gone !== undefined && gone.version > last, `the delete: ${gone?.version} after ${last}`);
      assert.ok((await one(builder, plan, keys)).version >= gone.version, 'a later snapshot is not older');
      assert.ok((await builder.version()) >= gone.version, 'version(): a later snapshot is not older');
    },
  ),

  documentCheck(
    'orders documents by version as the source did, however many write and build',
    async (bench) => {
      const { builder, plan } = await bench.ready();
      await bench.shop.insert('orders', order('eu', 1, null, { total: '0' }), order('eu', 2, null));
      const keys = (await scanned(builder, plan)).filter(({ key }) => key[1] === '1');
      const built: Document[] = [];
      let writing = true;
      const building: Promise<void>[] = [];
      const build = async () => {
        const own = await bench.open();
        const ownPlan = await bench.bound(own);
        while (writing) built.push(...(await own.build(ownPlan, keys)));
      };
      try {
        for (let total = 1; total <= 40; total += 1) {
          // Not all of them begin at once.
          if (total % 12 === 1) building.push(beside(build()));
          const other = await bench.source.begin();
          await other.update('orders', orderKey('eu', 2), { note: String(total) });
          await bench.shop.update('orders', orderKey('eu', 1), { total: String(total) });
          await (total % 3 === 0 ? other.rollback() : other.commit());
        }
      } finally {
        writing = false;
        await Promise.all(building);
      }
      // The row only counts up: so must its documents, by version.
      const states = built.map(({ version, body }) => ({
        version,
        total: Number(/"total":\s*"?(\d+)/.exec(body ?? '')?.[1] ?? -1),
      }));
      states.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : a.total - b.total));
      for (const [at, state] of states.entries()) {
        const before = states[at - 1];
        if (before === undefined) continue;
        const same = before.version === state.version;
        assert.ok(
          same ? before.total === state.total : before.total <= state.total,
          `total ${before.total} has version ${before.version}, total ${state.total} version ${state.version}`,
        );
      }
      assert.ok(states.length > 0 && states.every(({ total }) => total >= 0), 'documents were built');
    },
  ),

  documentCheck('finds the places in a sink that hold no document', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', order('eu', 1, null), order('eu', 2, null), order('eu', 3, null));
    const places = await scanned(builder, plan);
    await bench.shop.delete('orders', orderKey('eu', 2));
    const odd = ['', 'nothing', '\\', '|', 'a|b|c', 'x'.repeat(500)].map((id) => ({ id, routing: null }));
    const absent = await builder.absent(plan, [...places, ...odd]);
    const gone = places.filter(({ key }) => key[1] === '2').map(({ id }) => id);
    assert.deepEqual(
      absent.map(({ id }) => id).toSorted(),
      [...gone, ...odd.map(({ id }) => id)].toSorted(),
      'ids without a document',
    );
    assert.ok(
      absent.every(({ body, version }) => body === null && version > 0n),
      'all of them deletes',
    );
    assert.deepEqual(await builder.absent(plan, []), []);
  }),

  documentCheck(
    'follows the delete at a former routing with the document where it lies now',
    async (bench) => {
      const builder = await bench.open();
      const plan = await bench.bound(builder, shopSchema(bench.source.schema, 'routing: customerId'));
      await bench.shop.insert('orders', order('eu', 1, 1));
      const [before] = await scanned(builder, plan);
      assert.equal(before?.routing, '1');
      bench.shop.changes(plan);
      await bench.shop.update('orders', orderKey('eu', 1), { customerId: '2' });
      const place = ({ routing, body }: Document) => [routing, body !== null];
      const moved = [
        ['1', false],
        ['2', true],
      ];
      assert.deepEqual((await builder.build(plan, [before])).map(place), moved, 'build');
      assert.deepEqual((await builder.absent(plan, [before])).map(place), moved, 'absent');
      const keys = await resolved(builder, plan, bench.shop.changes(plan));
      assert.deepEqual(
        new Set(keys.map(({ routing }) => routing)),
        new Set(['1', '2']),
        'resolve names both',
      );
    },
  ),

  documentCheck('tells about when a row was last written, where it offers to', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', order('eu', 1, null), order('eu', 2, null));
    const before = await scanned(builder, plan);
    await bench.shop.update('orders', orderKey('eu', 1), { note: 'changed' });
    const told = await builder.lastChanged?.(plan, [
      ['eu', '1'],
      ['eu', '3'],
      ['eu', '2'],
    ]);
    if (told === undefined) return;
    assert.equal(told.length, 3, 'an answer for each key');
    const [changed, missing, untouched] = told;
    assert.equal(missing, null, 'a row that is not there');
    const version = before[0]?.version ?? 0n;
    assert.ok(changed != null && changed >= version, `changed at ${changed}, after ${version}`);
    assert.ok(untouched == null || untouched < changed, `${untouched} was written before ${changed}`);
    // Others may write to the same server, and keep a snapshot's version back for a while.
    for (let turn = 0; turn < 500 && (await builder.version()) <= changed; turn += 1) {
      await bench.shop.update('orders', orderKey('eu', 2), { note: String(turn) });
    }
    assert.ok((await builder.version()) > changed, 'snapshots pass it soon');
  }),

  documentCheck('locates rows by key, and explains itself, where it offers to', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', order('eu', 1, null));
    const [document] = await scanned(builder, plan);
    const located = await builder.locate?.(plan, [
      ['eu', '1'],
      ['eu', '2'],
      ['eu', 'no number'],
    ]);
    if (located !== undefined) {
      assert.deepEqual(
        located.map((place) => place?.id ?? null),
        [document?.id, null, null],
      );
    }
    if (builder.keyProblem !== undefined) {
      assert.equal(await builder.keyProblem(plan, ['eu', '1']), null);
      assert.equal(typeof (await builder.keyProblem(plan, ['eu', 'no number'])), 'string');
    }
    const description = builder.describe?.(plan);
    if (description !== undefined) assert.ok(description.resolve.length > 0, 'ways up to the documents');
    bench.assertAll(await scanned(builder, plan));
  }),
];
