import { isSluiceError } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function following(name: string, options: Record<string, unknown> = {}) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, ref int NOT NULL DEFAULT 0, body text)`);
  const required = requirements(table(name, ['id']));
  const slot = `s_${name}_${database.name}`.slice(0, 63);
  const make = () => makeCapture(database, { slot, ...options }).capture;
  const capture = make();
  await capture.provision(required, { signal: never });
  return { capture, required, slot, make };
}

test('a transaction of 100,000 rows comes in bounded parts, with a position only at its end', async () => {
  const { capture, required } = await following('large');
  const consumer = new Consumer(capture, required);
  await database.query("INSERT INTO large SELECT n, 0, repeat('x', 100) FROM generate_series(1, 100000) n");
  await consumer.until('all rows', (changes) => changes.length === 100_000);
  await consumer.caughtUp();
  const parts = consumer.batches.filter(({ changes }) => changes.length > 0);
  expect(parts.length).toBeGreaterThan(20);
  expect(Math.max(...parts.map(({ changes }) => changes.length))).toBeLessThanOrEqual(5000);
  expect(Math.max(...parts.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1_100_000);
  expect(parts.slice(0, -1).every(({ position }) => position === null)).toBe(true);
  expect(new Set(parts.flatMap(({ transactions }) => transactions)).size).toBe(1);
  expect(parts.every(({ transactions }) => transactions.length === 1)).toBe(true);
  expect(new Set(consumer.changes.map(({ after }) => after?.['id'])).size).toBe(100_000);
  await consumer.stop();
  await capture.close();
});

test('small transactions that queued up come as few batches, each ending with a transaction', async () => {
  const { capture, required } = await following('small');
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  consumer.pause();
  await database.query('INSERT INTO small VALUES (0)');
  await consumer.until('the first', (changes) => changes.length === 1);
  const client = await database.connect();
  for (let id = 1; id <= 500; id += 1) await client.query('INSERT INTO small VALUES ($1)', [id]);
  const before = consumer.batches.length;
  const barrier = await capture.barrier();
  consumer.resume();
  await consumer.reaches(barrier);
  expect(consumer.changes.length).toBe(501);
  expect(consumer.batches.length - before).toBeLessThan(50);
  expect(consumer.batches.every(({ position }) => position !== null)).toBe(true);
  expect(new Set(consumer.batches.flatMap(({ transactions }) => transactions)).size).toBe(501);
  await consumer.stop();
  await capture.close();
});

test('a consumer that does not pull stops the server, not the memory, and keeps the connection past its timeout', async () => {
  const { capture, required, slot } = await following('slow', { wal_sender_timeout: '1s' });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  consumer.pause();
  await database.query('INSERT INTO slow VALUES (0)');
  await consumer.until('the first', (changes) => changes.length === 1);
  globalThis.gc?.();
  const before = process.memoryUsage();
  // 150 MB of log, of which the queue may hold 8 and socket and kernel a little more.
  await database.query(`CREATE TABLE slow_wide (id int PRIMARY KEY, body text)`);
  for (let round = 0; round < 3; round += 1) {
    await database.query(
      'INSERT INTO slow SELECT n, 0, repeat(md5(n::text), 30) FROM generate_series($1::int, $2::int) n',
      [1 + round * 50_000, (round + 1) * 50_000],
    );
  }
  const walsender = async () =>
    (
      await database.query<{ pid: number; behind: string }>(
        `SELECT r.pid, pg_wal_lsn_diff(pg_current_wal_lsn(), r.sent_lsn) AS behind FROM pg_stat_replication r
         JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE s.slot_name = $1`,
        [slot],
      )
    )[0];
  const pid = (await walsender())?.pid;
  // Three timeouts of the server pass while nobody reads.
  const start = performance.now();
  await waitFor(() => performance.now() - start > 3000, { what: 'three timeouts to pass' });
  expect((await walsender())?.pid).toBe(pid);
  expect(Number((await walsender())?.behind)).toBeGreaterThan(50_000_000);
  const grown = process.memoryUsage().rss - before.rss;
  expect(grown).toBeLessThan(120_000_000);

  consumer.resume();
  await waitFor(() => consumer.changes.length === 150_001, {
    what: 'all rows',
    deadlineMs: 30_000,
    intervalMs: 200,
  });
  expect(consumer.error).toBeUndefined();
  await consumer.stop();
  await capture.close();
});

test('a walsender that is terminated ends the stream as unavailable, and nothing is lost after it', async () => {
  const { capture, required, slot } = await following('killed');
  const first = new Consumer(capture, required);
  await database.query('INSERT INTO killed VALUES (1)');
  await first.until('the first row', (changes) => changes.length === 1);
  first.acknowledgeAll();
  await database.query(
    'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  const failure = await first.failure();
  expect(isSluiceError(failure, 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
  await database.query('INSERT INTO killed VALUES (2)');
  const second = new Consumer(capture, required);
  await second.until('the second row', (changes) => changes.length > 0);
  expect(second.changes.map(({ after }) => after?.['id'])).toEqual(['2']);
  await second.stop();
  await capture.close();
});

test('a slot that another process reads is refused with its process id and application', async () => {
  const { capture, required, slot, make } = await following('taken');
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const [holder] = await database.query<{ active_pid: number }>(
    'SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  const other = make();
  const failure = await new Consumer(other, required).failure();
  expect(isSluiceError(failure, 'SLUICE_CAPTURE_IN_USE')).toBe(true);
  expect(String(failure)).toContain(`session ${holder?.active_pid} (sluice capture ${slot}, from `);
  await other.close();
  await consumer.stop();
  await capture.close();
});

test('inspect names who else follows the slot, and never the capture itself', async () => {
  const { capture, required, slot, make } = await following('held');
  expect((await capture.inspect(required)).heldBy).toBeUndefined();
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const [holder] = await database.query<{ active_pid: number }>(
    'SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  expect((await capture.inspect(required)).heldBy).toBeUndefined();
  const other = make();
  const report = await other.inspect(required);
  expect(report.heldBy).toMatch(
    new RegExp(`^session ${holder?.active_pid} \\(sluice capture ${slot}, from .*, since \\d{4}-`),
  );
  expect(report).toMatchObject({ mechanism: 'ready', problems: [] });
  await consumer.stop();
  expect((await other.inspect(required)).heldBy).toBeUndefined();
  await other.close();
  await capture.close();
});

test('an idle slot follows the log of a busy database beside it, no further than was acknowledged', async () => {
  const { capture, required } = await following('idle', { wal_sender_timeout: '1s' });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  const busy = await createDatabase();
  await busy.query('CREATE TABLE t AS SELECT generate_series(1, 20000) AS n');
  const [target] = await database.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  await consumer.reaches(target?.lsn ?? '');
  expect(consumer.changes).toEqual([]);
  // Yielded is not acknowledged.
  expect(capture.comparePositions((await capture.acknowledged()) ?? '', target?.lsn ?? '')).toBeLessThan(0);
  consumer.acknowledgeAll();
  await waitFor(
    async () => capture.comparePositions((await capture.acknowledged()) ?? '', target?.lsn ?? '') >= 0,
    { what: 'the slot to follow' },
  );
  await busy.drop();
  await consumer.stop();
  await capture.close();
});

test('a published table of no plan and rolled back transactions yield nothing but positions', async () => {
  const { capture, required, slot } = await following('quiet');
  await database.query(
    `CREATE TABLE other (id int PRIMARY KEY); ALTER PUBLICATION "${slot}" ADD TABLE other`,
  );
  const consumer = new Consumer(capture, required);
  const client = await database.connect();
  for (let id = 0; id < 20; id += 1) await client.query('INSERT INTO other VALUES ($1)', [id]);
  await client.query('BEGIN; INSERT INTO quiet VALUES (1); ROLLBACK');
  await client.query(
    'BEGIN; SAVEPOINT a; INSERT INTO quiet VALUES (2); ROLLBACK TO a; INSERT INTO quiet VALUES (3); COMMIT',
  );
  await consumer.caughtUp();
  expect(consumer.changes.map(({ after }) => after?.['id'])).toEqual(['3']);
  await consumer.stop();
  await capture.close();
});

test('acknowledging tells the server soon, and once more before close resolves', async () => {
  const { capture, required, make } = await following('soon');
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO soon VALUES (1)');
  await consumer.until('the row', (changes) => changes.length === 1);
  const { token, position } = consumer.batches.findLast(({ position: at }) => at !== null) ?? {};
  capture.acknowledge(token);
  const started = performance.now();
  await waitFor(async () => (await capture.acknowledged()) === position, {
    what: 'the slot to know',
    intervalMs: 5,
  });
  // Not only with the answers to the server's keepalives.
  expect(performance.now() - started).toBeLessThan(4000);
  await database.query('INSERT INTO soon VALUES (2)');
  await consumer.until('the next row', (changes) => changes.length === 2);
  const last = consumer.batches.at(-1);
  capture.acknowledge(last?.token);
  capture.acknowledge(token);
  await capture.close();
  const reopened = make();
  expect(await reopened.acknowledged()).toBe(last?.position);
  await reopened.close();
  await consumer.stop();
});
