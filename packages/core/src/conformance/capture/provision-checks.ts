import assert from 'node:assert/strict';
import type { ProvisionScript } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer, item, order } from '../source/test-rows.ts';
import { captureCheck, never } from './capture-bench.ts';
import { assertAfter, assertNotNamed, show } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

const statements = (script: ProvisionScript): readonly string[] =>
  script.sections.flatMap((section) => section.statements);

/** inspect, provision, script, deprovision, identity. */
export const provisionChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck('inspects, prints its script and tells its lag without changing the source', async (bench) => {
    const capture = await bench.open();
    const first = await capture.inspect(bench.required);
    await capture.script(bench.required);
    await capture.lag();
    assert.deepEqual(await bench.source.remains(), [], 'something was made');
    assert.deepEqual(await capture.inspect(bench.required), first, 'a second look finds something else');
    assert.equal(first.mechanism, 'absent');
  }),

  captureCheck('says of each table whether it is covered, before and after provision', async (bench) => {
    const capture = await bench.open();
    const named = bench.required.tables.map(({ table }) => table);
    const before = await capture.inspect(bench.required);
    assert.deepEqual(
      before.tables.map(({ table }) => table),
      named,
      'one entry for each required table, in order',
    );
    await bench.provision(capture);
    const after = await capture.inspect(bench.required);
    assert.equal(after.mechanism, 'ready');
    assert.deepEqual(
      after.tables.map(({ table, covered }) => ({ table, covered })),
      named.map((table) => ({ table, covered: true })),
    );
    const left = [after, ...after.tables]
      .flatMap(({ problems }) => problems)
      .filter(({ fixable }) => fixable);
    assert.deepEqual(left, [], 'provision left what it could have mended');
  }),

  captureCheck('provisions once: again it makes and loses nothing', async (bench) => {
    const capture = await bench.open();
    const first = await bench.provision(capture);
    const identity = await capture.identity();
    assert.equal(first.created, true, '`created` of the first provision');
    await bench.source.insert('customers', [customer(1)]);
    const second = await bench.provision(await bench.open());
    assert.deepEqual([second.created, second.added], [false, []], '`created` and `added` of the second');
    assert.equal(await capture.identity(), identity, 'the identity changed');
    assertAfter((await bench.follow(capture)).changes, 'customers', { id: '1' });
  }),

  captureCheck('prints what provision runs, and has nothing left to print then', async (bench) => {
    const capture = await bench.open();
    const before = statements(await capture.script(bench.required));
    assert.ok((await bench.source.remains()).length === 0, 'printing made something');
    const { statements: ran } = await bench.provision(capture);
    assert.ok(before.length > 0 && ran.length > 0, `printed ${show(before)}, ran ${show(ran)}`);
    assert.deepEqual(statements(await capture.script(bench.required)), []);
  }),

  captureCheck('covers a table that joins later, and says that it was added', async (bench) => {
    const capture = await bench.open();
    await bench.provision(capture, bench.require('orders'));
    const report = await bench.provision(capture);
    const added = report.added.map(({ name }) => name).toSorted();
    assert.deepEqual([report.created, added], [false, ['customers', 'orderItems']]);
    await bench.source.insert('orderItems', [item(1, ['eu', 1])]);
    const { changes } = await bench.follow(capture);
    assertAfter(changes, 'orderItems', { orderRegion: 'eu', orderNumber: '1' });
  }),

  captureCheck('covers a table that joins while it streams', async (bench) => {
    const consumer = await bench.following(bench.require('orders'));
    await bench.provision(await bench.open());
    await consumer.stop();
    const again = await bench.follow(consumer.capture);
    await bench.source.insert('customers', [customer(1)]);
    await again.caughtUp();
    assertAfter(again.changes, 'customers', { id: '1' });
  }),

  captureCheck('is provisioned after an attempt that was broken off', async (bench) => {
    for (const turns of [0, 1, 5, 25]) {
      const capture = await bench.open();
      const abort = new AbortController();
      const attempt = capture.provision(bench.required, { signal: abort.signal }).catch(() => undefined);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      abort.abort();
      await attempt;
    }
    const consumer = await bench.following();
    await bench.source.insert('orders', [order('eu', 1, null)]);
    await consumer.caughtUp();
    assertAfter(consumer.changes, 'orders', { region: 'eu', number: '1' });
  }),

  captureCheck('removes all that it made, also twice, and the application can still write', async (bench) => {
    const capture = await bench.open();
    await bench.provision(capture);
    assert.notDeepEqual(await bench.source.remains(), [], 'the driver finds what provision made');
    const announced = await capture.removal?.();
    assert.notDeepEqual(await bench.source.remains(), [], 'telling what would be removed removes nothing');
    const removed = await capture.deprovision({ signal: never });
    assert.deepEqual(await bench.source.remains(), [], 'something is left');
    if (announced !== undefined) assert.deepEqual(announced, removed, 'it removes what it tells beforehand');
    assert.ok(removed.length > 0, 'it says what it removed');
    assert.deepEqual(await capture.deprovision({ signal: never }), [], 'a second time removes nothing');
    assert.equal((await capture.inspect(bench.required)).mechanism, 'absent');
    await bench.source.insert('orders', [order('eu', 1, 1)]);
    await bench.source.update('orders', { region: 'eu', number: '1' }, { customerId: '2' });
    await bench.source.delete('orders', { region: 'eu', number: '1' });
  }),

  captureCheck(
    'removes all of a mechanism that was streaming a moment ago, and what it held',
    async (bench) => {
      const consumer = await bench.following();
      await bench.source.insert('customers', [customer(1)]);
      await consumer.caughtUp();
      await bench.close(consumer);
      await (await bench.open()).deprovision({ signal: never });
      assert.deepEqual(await bench.source.remains(), [], 'something is left');
    },
  ),

  captureCheck(
    'begins anew when it is provisioned after deprovision, under another identity',
    async (bench) => {
      const consumer = await bench.following();
      const identity = await consumer.capture.identity();
      await bench.close(consumer);
      const second = await bench.open();
      assert.equal(await second.identity(), identity, 'another instance is the same mechanism');
      await second.deprovision({ signal: never });
      await bench.source.insert('customers', [customer(1)]);
      const report = await bench.provision(second);
      const again = await bench.follow(second);
      await bench.source.insert('customers', [customer(2)]);
      await again.caughtUp();
      assertAfter(again.changes, 'customers', { id: '2' });
      assert.equal(report.created, true);
      assert.notEqual(
        await second.identity(),
        identity,
        'what was made anew knows nothing of what was before',
      );
      assertNotNamed(again.changes, 'customers', { id: '1' });
    },
  ),

  captureCheck('settles only when a scan sees every row that the stream may leave out', async (bench) => {
    const capture = await bench.open();
    await bench.provision(capture, bench.require('customers'));
    const open = await bench.source.begin();
    await open.insert('orders', [order('eu', 1, null)]);
    let waiting = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const options = { signal: never, onWait: waiting };
    let settled = false;
    const settling = capture
      .provision(bench.required, options)
      .then(() => capture.settled(options))
      .then(() => {
        settled = true;
      });
    await Promise.race([waits, settling]);
    const early = settled;
    await open.commit();
    await settling;
    if (early) assertAfter((await bench.follow(capture)).changes, 'orders', { region: 'eu', number: '1' });
  }),
];
