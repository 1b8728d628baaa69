import assert from 'node:assert/strict';
import type { Change } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { customer, order } from '../source/test-rows.ts';
import { waitUntil } from '../wait-until.ts';
import { captureCheck, never } from './capture-bench.ts';
import { assertAfter, show } from './changes.ts';
import type { CaptureDriver } from './driver.ts';
import { heap, settledHeap } from './heap.ts';

const MiB = 1 << 20;

/** The stream itself: what a batch is, back-pressure, its end. */
export const streamChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  captureCheck('says of each batch what it is, and never changes one that it yielded', async (bench) => {
    const capture = await bench.open();
    await bench.provision(capture);
    let end = '';
    for (let id = 1; id <= 3; id += 1) {
      await bench.source.insert('customers', [customer(id)]);
      end = await capture.barrier();
    }
    const seen: { readonly changes: readonly Change[]; readonly copy: string }[] = [];
    for await (const { changes, bytes, committedAt, transactions, position } of capture.stream(
      bench.required,
      never,
    )) {
      seen.push({ changes, copy: JSON.stringify(changes) });
      assert.ok(bytes >= 0 && (changes.length === 0 || bytes > 0), `bytes: ${bytes}`);
      assert.ok(committedAt === null || Math.abs(Date.now() - committedAt) < 3_600_000, `at ${committedAt}`);
      for (const xid of transactions) assert.match(xid, /^\d+$/, 'a transaction id');
      if (position !== null && capture.comparePositions(position, end) >= 0) break;
    }
    for (const { changes, copy } of seen) {
      assert.equal(JSON.stringify(changes), copy, 'a batch was changed after it was yielded');
    }
    for (const id of ['1', '2', '3']) {
      assertAfter(
        seen.flatMap(({ changes }) => changes),
        'customers',
        { id },
      );
    }
  }),

  captureCheck(
    'holds little in memory however far the consumer is behind, and loses none of it',
    async (bench) => {
      const consumer = await bench.following();
      consumer.pause();
      await bench.source.insert('customers', [customer(1)]);
      await consumer.until('the first change', (changes) => changes.length > 0);
      const memory = () => bench.source.memory?.() ?? heap();
      const before = memory();
      // Links as long as an index takes: few rows, that are much.
      const rows = 20_000;
      const region = 'r'.repeat(2400);
      for (let from = 0; from < rows; from += 1000) {
        await bench.source.insert(
          'orders',
          Array.from({ length: 1000 }, (_, n) => order(`${from + n} ${region}`, from + n, null)),
        );
      }
      const held = (await settledHeap(memory)) - before;
      assert.ok(held < 24 * MiB, `${Math.round(held / MiB)} MiB more are held, of 48 MiB that wait`);
      const seen = new Set<string>();
      consumer.resume();
      const end = await consumer.capture.barrier();
      await waitUntil(
        () => {
          for (const { after } of consumer.changes.splice(0)) seen.add(after?.['number'] ?? '');
          for (const batch of consumer.batches.splice(0, consumer.batches.length - 1)) void batch;
          const at = consumer.batches.at(-1)?.position;
          return consumer.done || (at != null && consumer.capture.comparePositions(at, end) >= 0);
        },
        { what: 'all that waited', patienceMs: 3 * bench.patienceMs },
      );
      for (const { after } of consumer.changes) seen.add(after?.['number'] ?? '');
      seen.delete('');
      assert.equal(seen.size, rows, `rows that came; the stream's error: ${String(consumer.error)}`);
    },
  ),

  captureCheck('tells its lag while the stream is blocked', async (bench) => {
    const consumer = await bench.following();
    consumer.pause();
    for (let id = 1; id <= 3; id += 1) await bench.source.insert('customers', [customer(id)]);
    await consumer.until('the first change', (changes) => changes.length > 0);
    const lag = await consumer.capture.lag();
    for (const [name, value] of Object.entries(lag)) {
      assert.ok(typeof value === 'number' && value >= 0, `${name} is ${show(value)}`);
    }
  }),

  captureCheck(
    'ends the stream normally when it is aborted, idle or behind, and streams again',
    async (bench) => {
      const consumer = await bench.following();
      await consumer.stop();
      assert.equal(consumer.error, undefined, 'aborted while idle');
      const second = await bench.follow(consumer.capture);
      second.pause();
      for (let id = 1; id <= 3; id += 1) await bench.source.insert('customers', [customer(id)]);
      await second.until('the first change', (changes) => changes.length > 0);
      await second.stop();
      assert.equal(second.error, undefined, 'aborted while the consumer was behind');
      const aborted = AbortSignal.abort();
      for await (const batch of consumer.capture.stream(bench.required, aborted)) {
        assert.fail(`a stream that was aborted before it began yielded ${show(batch.changes)}`);
      }
      assertAfter((await bench.follow(consumer.capture)).changes, 'customers', { id: '1' });
    },
  ),

  captureCheck('closes, and closes again, and another instance goes on', async (bench) => {
    const consumer = await bench.following();
    const idle = await bench.open();
    await idle.inspect(bench.required);
    await idle.close();
    await idle.close();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.caughtUp();
    assertAfter(consumer.changes, 'customers', { id: '1' });
    await consumer.stop();
    await consumer.capture.close();
    await consumer.capture.close();
    assertAfter((await bench.restarted()).changes, 'customers', { id: '1' });
  }),

  captureCheck('ends what it does when the consumer stops pulling for good', async (bench) => {
    const consumer = await bench.following();
    await bench.source.insert('customers', [customer(1)]);
    await consumer.stop();
    for await (const batch of consumer.capture.stream(bench.required, never)) {
      if (batch.changes.length > 0) break;
    }
    assertAfter((await bench.follow(consumer.capture)).changes, 'customers', { id: '1' });
  }),

  captureCheck(
    'refuses a second stream while the first runs, and says who holds it',
    async (bench) => {
      const consumer = await bench.following();
      const other = await bench.open();
      const failure = await bench.consume(other).failure();
      assert.ok(isSluiceError(failure, 'SLUICE_CAPTURE_IN_USE'), `the second stream: ${String(failure)}`);
      assert.ok((await other.inspect(bench.required)).heldBy !== undefined, '`heldBy` of the other instance');
      assert.equal((await consumer.capture.inspect(bench.required)).heldBy, undefined, 'its own stream');
      if (other.heldBy !== undefined) {
        assert.ok((await other.heldBy()) !== null, '`heldBy()` of the other instance, asked alone');
        assert.equal(await consumer.capture.heldBy?.(), null, '`heldBy()` for its own stream');
      }
      await bench.source.insert('customers', [customer(1)]);
      await consumer.caughtUp();
      assertAfter(consumer.changes, 'customers', { id: '1' });
    },
    'one stream',
  ),

  captureCheck(
    'says that nobody holds what was not made yet, or what nobody streams any more',
    async (bench) => {
      const capture = await bench.open();
      if (capture.heldBy === undefined) return;
      assert.equal(await capture.heldBy(), null, '`heldBy()` before anything was provisioned');
      const consumer = await bench.following();
      await consumer.stop();
      await consumer.capture.close();
      await waitUntil(async () => (await capture.heldBy?.()) === null, {
        what: '`heldBy()` to say that nobody holds it, after the stream ended',
      });
    },
  ),
];
