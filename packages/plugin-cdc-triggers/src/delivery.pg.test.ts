import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { brief, Consumer, follow, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function following(name: string, options: Record<string, unknown> = {}) {
  await database.query(`CREATE TABLE "${name}" (id int PRIMARY KEY, n int)`);
  const required = requirements(table(name, ['id'], ['id'], ['n']));
  const schema = `c_${name}`;
  return { ...(await follow(database, required, { schema, ...options })), required, schema };
}

/** Deletions come after the call of `acknowledge`: waits until the outbox is empty. */
async function emptied(schema: string): Promise<void> {
  await waitFor(async () => (await database.query(`SELECT FROM ${schema}.outbox`)).length === 0, {
    what: 'the outbox to be empty',
  });
}

test('36: a transaction that drew its id first and commits last is delivered', async () => {
  const { consumer, schema, stop } = await following('late');
  const slow = await database.connect();
  await slow.query('BEGIN; INSERT INTO late VALUES (1)');
  await database.query('INSERT INTO late VALUES (2)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 2']);
  consumer.acknowledgeAll();
  await emptied(schema);
  await slow.query('COMMIT');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 2', 'insert 1']);
  await stop();
});

test('37: a prepared transaction is delivered when it is committed, and keeps nobody else waiting', async () => {
  const { consumer, schema, stop } = await following('prepared');
  const client = await database.connect();
  await client.query("BEGIN; INSERT INTO prepared VALUES (1); PREPARE TRANSACTION 'triggers-prepared'");
  await database.query('INSERT INTO prepared VALUES (2)');
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  await emptied(schema);
  await client.query("COMMIT PREPARED 'triggers-prepared'");
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 2', 'insert 1']);
  await stop();
});

test('38: a transaction with an id in another database delays nothing', async () => {
  const other = await createDatabase();
  const { consumer, stop } = await following('elsewhere');
  const idle = await other.connect();
  await idle.query('BEGIN; SELECT pg_current_xact_id()');
  await database.query('INSERT INTO elsewhere VALUES (1)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1']);
  await idle.query('ROLLBACK');
  await stop();
  await other.drop();
});

test('39: a look stays cheap above dead rows that cannot be removed', async () => {
  const { capture, consumer, schema, stop } = await following('dead', { poll_interval: '1ms' });
  await database.query('INSERT INTO dead SELECT g, 0 FROM generate_series(1, 60000) g');
  const pinned = await database.connect();
  await pinned.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dead');
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  await emptied(schema);
  // Once the mark has moved, a change is found without wading through what is dead.
  const times: number[] = [];
  await waitFor(
    async () => {
      const started = performance.now();
      await consumer.reaches(await capture.barrier());
      consumer.acknowledgeAll();
      times.push(performance.now() - started);
      return times.length >= 30;
    },
    { what: 'thirty barriers', intervalMs: 30 },
  );
  expect(times.slice(-15).sort((a, b) => a - b)[7]).toBeLessThan(50);
  await pinned.query('ROLLBACK');
  await stop();
});

test('40: of a random mix of writers, everything that was committed comes, and only that', async () => {
  const { consumer, schema, stop } = await following('mix', { poll_interval: '5ms' });
  await database.query('INSERT INTO mix SELECT g, 0 FROM generate_series(1, 48) g');
  await database.query('CREATE TABLE committed (id int, n int)');
  let seed = 20_261_120;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
  let running = true;
  const acknowledging = (async () => {
    while (running) {
      await waitFor(() => true, { what: 'a moment' });
      if (random() < 0.7) consumer.acknowledgeAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const kept: number[] = [];
  let next = 1000;
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      const client = await database.connect();
      for (let round = 0; round < 60; round += 1) {
        const mine: number[] = [];
        const insert = async () => {
          next += 1;
          mine.push(next);
          await client.query('INSERT INTO mix VALUES ($1, 0)', [next]);
        };
        await client.query('BEGIN');
        await insert();
        if (random() < 0.4) await client.query(`SELECT pg_sleep(${random() * 0.05})`);
        if (random() < 0.5) {
          await client.query('SAVEPOINT s');
          await insert();
          if (random() < 0.5) {
            mine.pop();
            await client.query('ROLLBACK TO s');
          }
          await insert();
        }
        const end = random();
        if (end < 0.1) {
          await client.query('ROLLBACK');
          continue;
        }
        if (end < 0.3) {
          const name = `mix-${writer}-${round}`;
          await client.query(`PREPARE TRANSACTION '${name}'`);
          await client.query(`SELECT pg_sleep(${random() * 0.1})`);
          await client.query(`COMMIT PREPARED '${name}'`);
        } else await client.query('COMMIT');
        kept.push(...mine);
      }
    }),
  );
  await consumer.caughtUp();
  running = false;
  await acknowledging;
  const inserted = consumer.changes.flatMap(({ after }) => Number(after?.['id'])).filter((id) => id > 1000);
  expect(new Set(inserted)).toEqual(new Set(kept));
  expect(inserted).toHaveLength(kept.length);
  consumer.acknowledgeAll();
  await emptied(schema);
  await stop();
});

test('42: while one reads another is refused; when it ends the other takes over what is not durable', async () => {
  const { capture, consumer, required, schema } = await following('two');
  const second = makeCapture(database, { schema }).capture;
  await expect(new Consumer(second, required).failure()).resolves.toMatchObject({
    code: 'SLUICE_CAPTURE_IN_USE',
  });
  await database.query('INSERT INTO two VALUES (1)');
  await consumer.caughtUp();
  await consumer.stop();
  await capture.close();
  const later = new Consumer(second, required);
  await later.caughtUp();
  expect(brief(later.changes)).toEqual(['insert 1']);
  await later.stop();
  await second.close();
});

test('42: a reader whose lease was taken over ends, and deletes nothing any more', async () => {
  const { capture, consumer, required, schema } = await following('zombie', { lease: '1s' });
  await database.query('INSERT INTO zombie VALUES (1)');
  await consumer.caughtUp();
  // As if this process had been stopped for longer than its lease.
  await database.query(`UPDATE ${schema}.lease SET expires = '-infinity'`);
  const next = makeCapture(database, { schema }).capture;
  const second = new Consumer(next, required);
  await second.until('the row', (changes) => changes.length === 1);
  consumer.acknowledgeAll();
  await expect(consumer.failure()).resolves.toMatchObject({ code: 'SLUICE_CAPTURE_IN_USE' });
  expect(await database.query(`SELECT FROM ${schema}.outbox WHERE op = 'i'`)).toHaveLength(1);
  await capture.close();
  second.acknowledgeAll();
  await emptied(schema);
  await second.stop();
  await next.close();
});

test('42: a lease that nobody renews is taken over though the clock of the server says that it runs for hours', async () => {
  const { capture, consumer, required, schema } = await following('behind', { lease: '1s' });
  await database.query('INSERT INTO behind VALUES (1)');
  await consumer.stop();
  await capture.close();
  // As on a server that was promoted and whose clock is behind.
  await database.query(`
    UPDATE ${schema}.lease SET holder = gen_random_uuid(), expires = clock_timestamp() + interval '5 hours'`);
  const next = makeCapture(database, { schema, lease: '1s' }).capture;
  expect(await next.heldBy?.()).not.toBeNull();
  const began = performance.now();
  await waitFor(async () => (await next.heldBy?.()) === null, { what: 'nobody to hold it' });
  expect(performance.now() - began).toBeGreaterThan(1_500);
  const second = new Consumer(next, required);
  await second.caughtUp();
  expect(brief(second.changes)).toEqual(['insert 1']);
  await second.stop();
  await next.close();
});

test('42: a lease that is renewed is never taken for abandoned by whoever watches it', async () => {
  const { consumer, schema, stop } = await following('ahead', { lease: '1s' });
  const other = makeCapture(database, { schema, lease: '1s' }).capture;
  const seen = new Set<string>();
  // A third of its length lies between two renewals: nine last longer than whoever watches waits.
  await waitFor(
    async () => {
      expect(await other.heldBy?.()).not.toBeNull();
      const [lease] = await database.query<{ expires: string }>(`SELECT expires::text FROM ${schema}.lease`);
      return seen.add(lease?.expires ?? '').size > 9;
    },
    { what: 'nine renewals' },
  );
  await consumer.caughtUp();
  await other.close();
  await stop();
});

test('42: what somebody else acknowledges between the comparison and the stream keeps the stream from beginning', async () => {
  const { capture, consumer, required, schema } = await following('between');
  await consumer.stop();
  await capture.close();
  const late = makeCapture(database, { schema }).capture;
  await late.acknowledged();
  const quick = makeCapture(database, { schema }).capture;
  const other = new Consumer(quick, required);
  await database.query('INSERT INTO "between" VALUES (1)');
  await other.caughtUp();
  other.acknowledgeAll();
  await other.stop();
  await quick.close();
  await expect(new Consumer(late, required).failure()).resolves.toMatchObject({
    code: 'SLUICE_SOURCE_UNAVAILABLE',
  });
  await late.acknowledged();
  const again = new Consumer(late, required);
  await again.caughtUp();
  expect(again.error).toBeUndefined();
  await again.stop();
  await late.close();
});

test('48: a consumer that does not pull stops the reading, and writers do not notice', async () => {
  const { capture, consumer, schema, stop } = await following('slow');
  consumer.pause();
  await database.query('INSERT INTO slow VALUES (0)');
  await consumer.until('the first', (changes) => changes.length === 1);
  await database.query('INSERT INTO slow SELECT g, 0 FROM generate_series(1, 50000) g');
  const lag = await capture.lag();
  expect(lag.changes).toBeGreaterThanOrEqual(50_000);
  expect(lag.bytes).toBeGreaterThan(1_000_000);
  consumer.resume();
  await consumer.caughtUp();
  expect(consumer.changes).toHaveLength(50_001);
  const largest = Math.max(...consumer.batches.map(({ changes }) => changes.length));
  expect(largest).toBeLessThanOrEqual(5000);
  consumer.acknowledgeAll();
  await emptied(schema);
  expect(await capture.lag()).toEqual({ bytes: 0, changes: 0, oldestChangeAge: 0 });
  await stop();
});

test('52: rows that are gone already do not keep an acknowledgement from counting', async () => {
  const { capture, consumer, schema, stop } = await following('gone');
  await database.query('INSERT INTO gone VALUES (1)');
  await consumer.caughtUp();
  await database.query(`DELETE FROM ${schema}.outbox`);
  consumer.acknowledgeAll();
  const position = consumer.batches.at(-1)?.position;
  const acknowledged = await waitFor(
    async () => ((await capture.acknowledged()) === position ? position : null),
    { what: 'the acknowledgement to count' },
  );
  expect(acknowledged).toMatch(/^1:\d+:\d+$/);
  await stop();
});

test('59: an outbox that was dropped by hand ends the stream as lost; made again it has another identity', async () => {
  const { capture, consumer, required, schema } = await following('dropped');
  const identity = await capture.identity();
  await database.query(`DROP TABLE ${schema}.outbox`);
  await expect(consumer.failure()).resolves.toMatchObject({ code: 'SLUICE_CAPTURE_LOST' });
  const report = await capture.inspect(required);
  expect(report.mechanism).toBe('lost');
  const made = await capture.provision(required, { signal: new AbortController().signal });
  expect(made.created).toBe(true);
  expect(await capture.identity()).not.toBe(identity);
  await database.query('INSERT INTO dropped VALUES (1)');
  const again = new Consumer(capture, required);
  await again.caughtUp();
  expect(brief(again.changes)).toContain('insert 1');
  await again.stop();
  await capture.close();
});

test('73: an outbox that is let go of is emptied, writers go on, and every table is resynced afterwards', async () => {
  const { capture, required, consumer, schema, stop } = await following('filled');
  await database.query('INSERT INTO filled VALUES (0)');
  await consumer.until('the first', (changes) => changes.length === 1);
  await consumer.stop();
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO filled VALUES (-2, 0)');
  await database.query('INSERT INTO filled SELECT g, 0 FROM generate_series(1, 20000) g');
  expect(await capture.health()).toMatchObject({ state: 'ready', changes: expect.closeTo(20_001, -3) });
  const releasing = capture.release('the outbox was full', { signal: never });
  await writer.query('COMMIT');
  await writer.end();
  expect(await releasing).toHaveLength(4);
  await database.query('INSERT INTO filled VALUES (-1)');
  expect((await capture.lag()).changes).toBe(2);
  const next = new Consumer(capture, required);
  await next.caughtUp();
  expect(next.changes).toContainEqual({
    table: { schema: 'public', name: 'filled' },
    operation: 'resync',
    reason: 'the outbox was full',
  });
  expect(brief(next.changes)).toContain('insert -1');
  next.acknowledgeAll();
  await emptied(schema);
  await next.stop();
  await stop();
});

test('one row that is committed late among rows that are gone does not stand for all of them', async () => {
  const { capture, consumer, schema, stop } = await following('tardy');
  const late = await database.connect();
  await late.query('BEGIN; INSERT INTO tardy VALUES (-1, 0)');
  await database.query('INSERT INTO tardy SELECT g, 0 FROM generate_series(1, 50000) g');
  await consumer.until('most rows', (changes) => changes.length === 50_000);
  consumer.acknowledgeAll();
  await waitFor(async () => (await capture.lag()).changes === 0, { what: 'most rows to be let go of' });
  consumer.pause();
  await late.query('COMMIT');
  await late.end();
  expect(await capture.lag()).toMatchObject({ changes: 1, bytes: expect.closeTo(100, -2) });
  await database.query('INSERT INTO tardy SELECT g, 0 FROM generate_series(50001, 60000) g');
  const { changes = 0, bytes = 0 } = await capture.lag();
  expect(changes).toBeGreaterThan(8_000);
  expect(changes).toBeLessThan(12_000);
  expect(bytes / changes).toBeGreaterThan(40);
  consumer.resume();
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  await emptied(schema);
  await stop();
});

test('53: while tables are written, nothing is missed by both the triggers and the first scan', async () => {
  await database.query('CREATE TABLE begun (id int PRIMARY KEY, n int)');
  const required = requirements(table('begun', ['id'], ['id'], ['n']));
  let writing = true;
  let next = 0;
  const writers = Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = await database.connect();
      while (writing) {
        next += 2;
        const id = next;
        await client.query(`BEGIN; INSERT INTO begun VALUES (${id}, 0)`);
        await client.query(`INSERT INTO begun VALUES (${id + 1}, 0); COMMIT`);
      }
    }),
  );
  await waitFor(() => next > 100, { what: 'some rows' });
  const { capture } = makeCapture(database, { schema: 'c_begun', poll_interval: '5ms' });
  const signal = new AbortController().signal;
  await capture.provision(required, { signal });
  const consumer = new Consumer(capture, required);
  await capture.settled({ signal });
  const scanned = (await database.query<{ id: number }>('SELECT id FROM begun')).map(({ id }) => id);
  const then = next;
  await waitFor(() => next > then + 200, { what: 'more rows' });
  writing = false;
  await writers;
  await consumer.caughtUp();
  const told = consumer.changes.map(({ after }) => Number(after?.['id']));
  const all = (await database.query<{ id: number }>('SELECT id FROM begun')).map(({ id }) => id);
  expect(new Set([...scanned, ...told])).toEqual(new Set(all));
  await consumer.stop();
  await capture.close();
});
