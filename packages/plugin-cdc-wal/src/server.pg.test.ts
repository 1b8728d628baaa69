import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSluiceError } from '@sluice/core';
import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnPostgres } from '../../../test/support/own-servers.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

// Settings of the whole server are turned here: a server of this file's own.
let server: PostgresServer;
let database: TestDatabase;
let certificate: string;
beforeAll(async () => {
  server = await startOwnPostgres({
    settings: { max_wal_size: '64MB', min_wal_size: '32MB', max_slot_wal_keep_size: '32MB' },
    tls: 'on',
  });
  certificate = join(tmpdir(), `sluice-wal-${process.pid}.crt`);
  await writeFile(certificate, server.certificate ?? '');
});
afterAll(async () => {
  await server.stop();
  await rm(certificate, { force: true });
});

const required = requirements(table('orders', ['id']));

async function provisioned(options: Record<string, unknown> = {}, parameters = '') {
  database = await createDatabase(server.url);
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const made = makeCapture(database, options, database.url + parameters);
  await made.capture.provision(required, { signal: never });
  return made;
}

test('queries and replication both go over TLS, verified, and a wrong certificate is refused', async () => {
  const { capture, slot } = await provisioned(
    {},
    `?sslmode=verify-ca&sslrootcert=${encodeURIComponent(certificate)}`,
  );
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const ssl = await database.query(
    `SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
     WHERE a.application_name = $1 OR (a.application_name = 'sluice capture' AND a.datname = current_database())`,
    [`sluice capture ${slot}`],
  );
  expect(ssl.length).toBeGreaterThanOrEqual(2);
  expect(ssl.every((row) => row['ssl'] === true)).toBe(true);
  await consumer.stop();
  await capture.close();

  const wrong = makeCapture(database, {}, `${database.url}?sslmode=verify-full&sslrootcert=system`).capture;
  const failure: unknown = await wrong.inspect(required).catch((error: unknown) => error);
  expect(isSluiceError(failure, 'SLUICE_SOURCE_REFUSED')).toBe(true);
  await wrong.close();
  await database.drop();
});

test('a commit that waits for a standby arrives before readers see it, with its transaction to wait for', async () => {
  const { capture } = await provisioned();
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await database.query('SELECT pg_reload_conf()');
  const writer = await database.connect();
  await waitFor(
    async () =>
      (await writer.query('SHOW synchronous_standby_names')).rows[0]?.synchronous_standby_names === 'nobody',
    { what: 'the setting' },
  );
  const insert = writer.query('INSERT INTO orders VALUES (1) RETURNING pg_current_xact_id()::text AS xid');
  await consumer.until('the row', (changes) => changes.length === 1);
  const transactions = consumer.batches.flatMap((batch) => batch.transactions);
  expect(transactions.length).toBe(1);
  const visible =
    'SELECT pg_visible_in_snapshot($1::xid8, pg_current_snapshot()) AS visible, (SELECT count(*)::int FROM orders) AS rows';
  expect(await database.query(visible, transactions)).toEqual([{ visible: false, rows: 0 }]);
  // Barriers do not hang on the missing standby.
  await consumer.caughtUp();

  await database.query('ALTER SYSTEM RESET synchronous_standby_names');
  await database.query('SELECT pg_reload_conf()');
  expect((await insert).rows[0]?.xid).toBe(transactions[0]);
  expect(await database.query(visible, transactions)).toEqual([{ visible: true, rows: 1 }]);
  await consumer.stop();
  await capture.close();
  await database.drop();
});

test('a server that restarts, orderly or killed, ends the stream as unavailable and loses nothing', async () => {
  const { capture } = await provisioned();
  let consumer = new Consumer(capture, required);
  await database.query('INSERT INTO orders VALUES (1)');
  await consumer.until('the first', (changes) => changes.length === 1);
  consumer.acknowledgeAll();
  await server.restart();
  expect(isSluiceError(await consumer.failure(), 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
  await database.query('INSERT INTO orders VALUES (2)');
  consumer = new Consumer(capture, required);
  await consumer.until('the second', (changes) => changes.some(({ after }) => after?.['id'] === '2'));
  consumer.acknowledgeAll();
  await server.kill();
  expect(isSluiceError(await consumer.failure(), 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
  const down: unknown = await capture.inspect(required).catch((error: unknown) => error);
  expect(isSluiceError(down, 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
  await server.restart();
  await database.query('INSERT INTO orders VALUES (3)');
  consumer = new Consumer(capture, required);
  await consumer.until('the third', (changes) => changes.some(({ after }) => after?.['id'] === '3'));
  await consumer.stop();
  await capture.close();
  await database.drop();
});

test('a stream begins where the server says, and what was acknowledged beyond that comes again', async () => {
  const { capture } = await provisioned();
  const first = new Consumer(capture, required);
  const acknowledgeRow = async (id: number) => {
    await database.query('INSERT INTO orders VALUES ($1)', [id]);
    await first.until('the row', (changes) => changes.length === id);
    const batch = first.batches.findLast(({ position: at }) => at !== null);
    capture.acknowledge(batch?.token);
    await waitFor(async () => (await capture.acknowledged()) === batch?.position, {
      what: 'the slot to know',
    });
    return batch;
  };
  await acknowledgeRow(1);
  const { token, position } = (await acknowledgeRow(2)) ?? {};
  // A server that crashes forgets what it was told and did not write to its disk.
  await server.kill();
  await first.failure();
  await server.restart();
  const told = (await capture.acknowledged()) ?? '';
  expect(capture.comparePositions(told, position ?? '')).toBeLessThan(0);

  const second = new Consumer(capture, required);
  await second.until('the row again', (changes) => changes.some(({ after }) => after?.['id'] === '2'));
  // Of a stream that is over.
  capture.acknowledge(token);
  await second.caughtUp();
  expect(await capture.acknowledged()).toBe(told);
  await second.stop();

  // A position that moved since it was asked for is not begun from.
  expect(await capture.acknowledged()).toBe(told);
  await database.query(
    'SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots',
  );
  const third = await new Consumer(capture, required).failure();
  expect(isSluiceError(third, 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
  expect(await capture.acknowledged()).not.toBe(told);
  const fourth = new Consumer(capture, required);
  await fourth.caughtUp();
  expect(fourth.changes).toEqual([]);
  await fourth.stop();
  await capture.close();
  await database.drop();
});

test('a server without room for a walsender is unavailable for now, and names the limit', async () => {
  const { capture } = await provisioned();
  const [setting] = await database.query<{ limit: number }>(
    "SELECT current_setting('max_wal_senders')::int AS limit",
  );
  const others = [];
  for (let n = 0; n < (setting?.limit ?? 0); n += 1) {
    others.push(await database.connect(`${database.url}?replication=database`));
  }
  const stream = await new Consumer(capture, required).failure();
  const inspection: unknown = await capture.inspect(required).catch((error: unknown) => error);
  for (const failure of [stream, inspection]) {
    expect(isSluiceError(failure, 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
    expect(isSluiceError(failure) ? failure.hint : '').toContain('raise max_wal_senders');
  }
  await Promise.all(others.map((client) => client.end()));
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  expect((await capture.inspect(required)).problems).toEqual([]);
  await consumer.stop();
  await capture.close();
  await database.drop();
});

test('a slot whose log was removed is lost: the stream says so, and provision makes a new one', async () => {
  const { capture, slot } = await provisioned();
  const fill = async () => {
    await database.query(`CREATE TABLE IF NOT EXISTS filler (a text);
      INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 20000)`);
    await database.query('SELECT pg_switch_wal()');
    await database.query('CHECKPOINT');
    const [row] = await database.query<{ wal_status: string }>(
      'SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    return row?.wal_status === 'lost';
  };
  await waitFor(fill, { what: 'the slot to be invalidated', deadlineMs: 50_000, intervalMs: 0 });
  const failure = await new Consumer(capture, required).failure();
  expect(isSluiceError(failure, 'SLUICE_CAPTURE_LOST')).toBe(true);
  expect((await capture.inspect(required)).mechanism).toBe('lost');
  const report = await capture.provision(required, { signal: never });
  expect(report.created).toBe(true);
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO orders VALUES (1)');
  await consumer.until('the row', (changes) => changes.length === 1);
  await consumer.stop();
  await capture.close();
  await database.drop();
});
