import assert from 'node:assert/strict';
import { isSluiceError } from '../../errors/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer } from '../source/test-rows.ts';
import { waitUntil } from '../wait-until.ts';
import { captureCheck, never } from './capture-bench.ts';
import { assertAfter, names } from './changes.ts';
import type { CaptureDriver } from './driver.ts';

const reason = 'the check lets go of it';

/** What the source keeps, and letting go of it. */
export const safetyChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck(
    'tells what the source keeps for it, from nothing to lost, and changes nothing',
    async (bench) => {
      const capture = await bench.open();
      if (capture.health === undefined) return;
      assert.equal((await capture.health()).state, 'absent');
      assert.deepEqual(await bench.source.remains(), [], 'something was made');
      await bench.provision(capture);
      assert.equal((await capture.health()).state, 'ready');
      const consumer = await bench.follow(capture);
      await bench.source.insert('customers', [customer(1)]);
      await consumer.until('the change', (changes) => names(changes, 'customers', { id: '1' }));
      const { changes = 1, oldestAge = 0, retainedBytes = 1 } = await capture.health();
      assert.ok(changes > 0 && retainedBytes > 0, `${changes} changes, ${retainedBytes} bytes are kept`);
      assert.ok(oldestAge >= 0 && oldestAge < 600_000, `the oldest change is ${oldestAge} ms old`);
      consumer.acknowledgeAll();
      await waitUntil(async () => ((await capture.health?.())?.changes ?? 0) === 0, {
        what: 'nothing to be kept once all is acknowledged',
        patienceMs: bench.patienceMs,
      });
      await bench.close(consumer);
      await bench.source.lose();
      const other = await bench.open();
      const { state } = (await other.health?.()) ?? {};
      assert.ok(state === 'lost' || state === 'absent', `what was taken away is ${state}`);
    },
  ),

  captureCheck('lets go of what is kept, and leaves word of the gap', async (bench) => {
    const consumer = await bench.following();
    const { capture } = consumer;
    if (capture.release === undefined) return;
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    await bench.close(consumer);
    const next = await bench.open();
    const before = await next.acknowledged();
    assert.notDeepEqual(await next.release?.(reason, { signal: never }), [], 'it says what it did');
    await next.release?.(reason, { signal: never });
    const again = await bench.open();
    const { mechanism } = await again.inspect(bench.required);
    const { created } = await bench.provision(again);
    await bench.source.insert('customers', [customer(2)]);
    const follower = await bench.follow(again);
    assertAfter(follower.changes, 'customers', { id: '2' });
    assert.ok(!names(follower.changes, 'customers', { id: '1' }), 'what was let go was kept');
    const resynced = new Set(
      follower.changes.filter(({ operation }) => operation === 'resync').map(({ table }) => table.name),
    );
    const all = bench.required.tables.every(({ table }) => resynced.has(table.name));
    const after = await again.acknowledged();
    const passed =
      created &&
      mechanism === 'lost' &&
      before !== null &&
      after !== null &&
      again.comparePositions(after, before) > 0;
    assert.ok(
      all || passed,
      `the gap is not told: the mechanism was ${mechanism}, made anew: ${created}, resynced: ${[...resynced].join(', ')}`,
    );
  }),

  captureCheck(
    'lets go of nothing while another instance streams',
    async (bench) => {
      const consumer = await bench.following();
      const other = await bench.open();
      if (other.release === undefined) return;
      const refused = await other.release(reason, { signal: never }).catch((error: unknown) => error);
      assert.ok(
        isSluiceError(refused, 'SLUICE_CAPTURE_IN_USE'),
        `expected to be refused: ${String(refused)}`,
      );
      await bench.source.insert('customers', [customer(1)]);
      await consumer.caughtUp();
      assertAfter(consumer.changes, 'customers', { id: '1' });
    },
    'one stream',
  ),

  captureCheck('lets go where there is nothing to let go of', async (bench) => {
    const capture = await bench.open();
    assert.deepEqual((await capture.release?.(reason, { signal: never })) ?? [], []);
    assert.deepEqual(await bench.source.remains(), [], 'something was made');
  }),
];
