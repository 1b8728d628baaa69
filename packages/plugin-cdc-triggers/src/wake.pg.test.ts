import { parseConnection } from '@sluice/postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { startProxy } from '../../../test/support/tcp-proxy.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { brief, Consumer, follow, makeCapture, never, requirements, table } from '../test/harness.ts';
import { captureNames } from './ddl/names.ts';
import { Waker } from './stream/waker.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

/** Polls so seldom that only a wake-up explains a change that comes soon. */
const seldom = { wake: 'on', poll_interval: '10m' };

async function following(name: string, options: Record<string, unknown> = seldom) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, n int)`);
  const required = requirements(table(name, ['id'], ['id'], ['n']));
  const schema = `c_${name}`;
  return { ...(await follow(database, required, { schema, ...options })), required, schema };
}

/** Waits until the reader holds the sleep lock, which is when writers notify. */
async function asleep(schema: string): Promise<void> {
  const [, key] = captureNames(schema).sleepLock;
  await waitFor(
    async () =>
      (
        await database.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND objid = ($1::int8 & 4294967295)::oid
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          [key],
        )
      ).length > 0,
    { what: 'the reader to sleep', deadlineMs: 30_000 },
  );
}

test('67: a write wakes a reader that sleeps', async () => {
  const { consumer, schema, stop } = await following('woken');
  for (let id = 1; id <= 3; id += 1) {
    await asleep(schema);
    await database.query('INSERT INTO woken VALUES ($1)', [id]);
    await consumer.until('the row', (changes) => changes.length === id);
  }
  expect(brief(consumer.changes)).toEqual(['insert 1', 'insert 2', 'insert 3']);
  await stop();
});

test('67, 69: of writes at random moments none has to wait for the next look', async () => {
  const { consumer, stop } = await following('moments');
  const client = await database.connect();
  for (let id = 1; id <= 150; id += 1) {
    await client.query('SELECT pg_sleep($1)', [((id * 7919) % 60) / 1000]);
    await client.query('INSERT INTO moments VALUES ($1)', [id]);
    await consumer.until(`row ${id}`, (changes) => changes.length === id);
    if (id % 10 === 0) consumer.acknowledgeAll();
  }
  expect(brief(consumer.changes)).toHaveLength(150);
  await stop();
});

test('68: nobody notifies while the reader is busy or gone', async () => {
  const { capture, consumer } = await following('gone');
  await consumer.stop();
  await capture.close();
  const listener = await database.connect();
  const heard: string[] = [];
  listener.on('notification', ({ channel }) => heard.push(channel));
  await listener.query('LISTEN c_gone; LISTEN done');
  await database.query('INSERT INTO gone SELECT g, 0 FROM generate_series(1, 50) g');
  await database.query("SELECT pg_notify('done', '')");
  await waitFor(() => heard.includes('done'), { what: 'the last notification' });
  expect(heard).toEqual(['done']);
});

test('35: with wake-ups left to Sluice, an application that prepares transactions is not notified about', async () => {
  const { consumer, stop } = await following('prepares', { wake: 'auto', poll_interval: '20ms' });
  const client = await database.connect();
  await client.query("BEGIN; INSERT INTO prepares VALUES (1); PREPARE TRANSACTION 'wake-prepares'");
  await client.query("COMMIT PREPARED 'wake-prepares'");
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1']);
  await stop();
});

test('69: a transaction that ran its trigger before the reader slept is found soon after it commits', async () => {
  const { consumer, schema, stop } = await following('before', { wake: 'on', poll_interval: '500ms' });
  await database.query('INSERT INTO before VALUES (1)');
  const client = await database.connect();
  await client.query('BEGIN; INSERT INTO before VALUES (2)');
  await consumer.until('the first row', (changes) => changes.length === 1);
  await asleep(schema);
  await client.query('COMMIT');
  await consumer.until('the second row', (changes) => changes.length === 2);
  expect(brief(consumer.changes)).toEqual(['insert 1', 'insert 2']);
  await stop();
});

test('71: connections that are cut are made again, and nothing is lost', async () => {
  await database.query('CREATE TABLE cut (id int PRIMARY KEY, n int)');
  const required = requirements(table('cut', ['id'], ['id'], ['n']));
  await using proxy = await startProxy(inject('postgresUrl'));
  const { capture } = makeCapture(
    database,
    { schema: 'c_cut', ...seldom, poll_interval: '200ms' },
    proxy.through(database.url),
  );
  await capture.provision(required, { signal: never });
  const first = new Consumer(capture, required);
  await first.caughtUp();
  proxy.cut();
  await database.query('INSERT INTO cut VALUES (1)');
  // The stream may end as unavailable, and is begun again as the engine does.
  await waitFor(() => first.done || first.changes.length === 1, { what: 'the row or the end' });
  if (first.done) expect(first.error).toMatchObject({ code: 'SLUICE_SOURCE_UNAVAILABLE' });
  await first.stop();
  const second = new Consumer(capture, required);
  await second.until('the row', (changes) => changes.length === 1);
  await database.query('INSERT INTO cut VALUES (2)');
  await second.caughtUp();
  expect(brief(second.changes)).toEqual(['insert 1', 'insert 2']);
  second.acknowledgeAll();
  await second.stop();
  await capture.close();
});

test('71: a network that swallows everything for a while keeps the reader no longer than that', async () => {
  await database.query('CREATE TABLE swallowed (id int PRIMARY KEY, n int)');
  const required = requirements(table('swallowed', ['id'], ['id'], ['n']));
  await using proxy = await startProxy(inject('postgresUrl'));
  const { capture } = makeCapture(
    database,
    { schema: 'c_swallowed', ...seldom, poll_interval: '30s' },
    proxy.through(database.url),
  );
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await asleep('c_swallowed');
  await proxy.set('blackhole');
  await database.query('INSERT INTO swallowed VALUES (1)');
  const start = performance.now();
  await waitFor(() => performance.now() - start > 2500, { what: 'the reader to notice' });
  await proxy.set('forward');
  await consumer.until('the row', (changes) => changes.length === 1);
  await database.query('INSERT INTO swallowed VALUES (2)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1', 'insert 2']);
  await consumer.stop();
  await capture.close();
});

test('71: a connection for wake-ups that is never answered keeps nobody from stopping', async () => {
  await using proxy = await startProxy(inject('postgresUrl'));
  await proxy.set('blackhole');
  const waker = new Waker({
    settings: parseConnection(proxy.through(`${database.url}?sslmode=disable`)),
    names: captureNames('c_unanswered'),
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    onWake: () => {},
  });
  expect(await waker.fallAsleep()).toBe(false);
  await waitFor(() => proxy.connections > 0, { what: 'the connection' });
  await expect(waker.close()).resolves.toBeUndefined();
});

test('72: another session that holds the sleep lock for good does not hold up the reader', async () => {
  const { schema } = { schema: 'c_held' };
  const other = await database.connect();
  await other.query('SELECT pg_advisory_lock($1, $2)', [...captureNames(schema).sleepLock]);
  const { consumer, stop } = await following('held', { wake: 'on', poll_interval: '50ms' });
  await database.query('INSERT INTO held VALUES (1)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1']);
  await stop();
});

test('what wake-ups would break for an application that prepares transactions is told', async () => {
  const { schema, required, stop } = await following('unprepared');
  const noticesWith = async (wake: string) => {
    const { capture } = makeCapture(database, { schema, wake });
    const { notices = [] } = await capture.inspect(required);
    await capture.close();
    return notices.map(({ message }) => message);
  };
  expect(await noticesWith('on')).toEqual([expect.stringContaining('PREPARE TRANSACTION fails')]);
  expect(await noticesWith('auto')).toEqual([]);

  await asleep(schema);
  const client = await database.connect();
  await client.query('BEGIN; INSERT INTO unprepared VALUES (1)');
  await expect(client.query("PREPARE TRANSACTION 'unprepared'")).rejects.toThrow(/NOTIFY/);
  await stop();
});
