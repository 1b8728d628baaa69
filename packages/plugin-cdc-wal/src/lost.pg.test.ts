import { isSluiceError } from '@sluice/core';
import { createPool, parseConnection } from '@sluice/postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';
import { deprovisionSource } from './source/deprovision.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await database.drop();
});

test('a slot that was dropped is said to be lost, and is made again only by provision', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const required = requirements(table('orders', ['id']));
  const { capture, slot } = makeCapture(database);
  await capture.provision(required, { signal: never });
  await database.query('SELECT pg_drop_replication_slot($1)', [slot]);
  const failure = await new Consumer(capture, required).failure();
  expect(isSluiceError(failure, 'SLUICE_CAPTURE_LOST')).toBe(true);
  expect((await capture.inspect(required)).mechanism).toBe('lost');
  expect(await database.query('SELECT 1 FROM pg_replication_slots WHERE slot_name = $1', [slot])).toEqual([]);
  expect(await capture.provision(required, { signal: never })).toMatchObject({ created: true, added: [] });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await consumer.stop();
  await capture.close();
});

test('a slot whose publication was dropped is lost, with the stream and without, and is replaced by provision', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const required = requirements(table('orders', ['id']));
  const { capture, slot } = makeCapture(database, { poll_interval: '100ms' });
  await capture.provision(required, { signal: never });
  const live = new Consumer(capture, required);
  await live.caughtUp();
  live.acknowledgeAll();
  await database.query(`DROP PUBLICATION "${slot}"`);
  await database.query('INSERT INTO orders VALUES (1)');
  expect(isSluiceError(await live.failure(), 'SLUICE_CAPTURE_LOST')).toBe(true);

  const started = await new Consumer(capture, required).failure();
  expect(isSluiceError(started, 'SLUICE_CAPTURE_LOST')).toBe(true);
  const report = await capture.inspect(required);
  expect(report.mechanism).toBe('lost');
  expect(report.problems.map(({ message }) => message)).toContain(
    `The slot ${slot} is lost (its publication is gone).`,
  );
  const before = (await capture.acknowledged()) ?? '';
  expect(await capture.provision(required, { signal: never })).toMatchObject({
    created: true,
    added: [{ schema: 'public', name: 'orders' }],
  });
  expect(capture.comparePositions((await capture.acknowledged()) ?? '', before)).toBeGreaterThan(0);
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO orders VALUES (2)');
  await consumer.until('the new row', (changes) => changes.length === 1);
  expect(consumer.changes[0]?.after).toEqual({ id: '2' });
  await consumer.stop();
  await capture.close();
});

test('a publication that was made anew by hand beside the old slot is another mechanism', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const required = requirements(table('orders', ['id']));
  const { capture, slot } = makeCapture(database);
  await capture.provision(required, { signal: never });
  const identity = await capture.identity();
  await database.query(`DROP PUBLICATION "${slot}"`);
  await database.query('INSERT INTO orders VALUES (1)');
  await database.query(`CREATE PUBLICATION "${slot}" FOR TABLE orders`);
  expect(await capture.identity()).not.toBe(identity);

  let consumer = new Consumer(capture, required);
  await database.query('INSERT INTO orders VALUES (2)');
  const [server] = await database.query<{ v: number }>(
    "SELECT current_setting('server_version_num')::int AS v",
  );
  if ((server?.v ?? 0) < 180_000) {
    // The server cannot read past the time without publication: only a new slot helps.
    expect(isSluiceError(await consumer.failure(), 'SLUICE_CAPTURE_LOST')).toBe(true);
    expect((await capture.inspect(required)).mechanism).toBe('lost');
    expect(await capture.provision(required, { signal: never })).toMatchObject({ created: true });
    expect((await capture.inspect(required)).mechanism).toBe('ready');
    consumer = new Consumer(capture, required);
  }
  await database.query('INSERT INTO orders VALUES (3)');
  await consumer.until('the row', (changes) => changes.some(({ after }) => after?.['id'] === '3'));
  await consumer.stop();
  await capture.close();
});

test('deprovision waits for the session of a stream that is ending, and removes nothing from one that goes on', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const required = requirements(table('orders', ['id']));
  const { capture, slot } = makeCapture(database);
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();

  const names = { slot, publication: slot };
  const settings = parseConnection(database.url);
  const pool = createPool(settings, { applicationName: 'test' });
  const waits: string[] = [];
  const options = { signal: never, onWait: (message: string) => waits.push(message) };
  const refused: unknown = await deprovisionSource(settings, pool, names, options, 300).catch(
    (error: unknown) => error,
  );
  await pool.end();
  expect(isSluiceError(refused, 'SLUICE_CAPTURE_IN_USE')).toBe(true);
  expect(waits).toEqual([expect.stringContaining(`held by session`)]);
  expect(await database.query('SELECT tablename FROM pg_publication_tables')).toEqual([
    { tablename: 'orders' },
  ]);

  const stopping = consumer.stop();
  expect((await capture.deprovision({ signal: never }))[0]).toContain('pg_drop_replication_slot');
  await stopping;
  await capture.close();
});

test('a removal that was cut off after any statement is known as lost, and provision begins anew', async () => {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL)');
  const required = requirements(table('items', ['id'], ['order_id']));
  const { capture } = makeCapture(database);
  await capture.provision(required, { signal: never });
  const statements = await capture.deprovision({ signal: never });
  expect(statements.length).toBeGreaterThan(3);
  for (let done = 1; done < statements.length; done += 1) {
    await capture.provision(required, { signal: never });
    for (const statement of statements.slice(0, done)) await database.query(statement);
    expect((await capture.inspect(required)).mechanism).toBe('lost');
    expect((await capture.provision(required, { signal: never })).created).toBe(true);
  }
  await capture.close();
});
