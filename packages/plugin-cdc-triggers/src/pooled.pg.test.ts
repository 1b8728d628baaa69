import { isSluiceError } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PgBouncer, startPooler } from '../../../test/support/pooler.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { brief, Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
let pooler: PgBouncer;
let url: string;
beforeAll(async () => {
  database = await createDatabase();
  await database.query(`ALTER DATABASE ${database.name} SET DateStyle = 'German'`);
  await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'`);
  pooler = await startPooler(database.url);
  url = pooler.through(database.url);
});
afterAll(async () => {
  await pooler.stop();
  await database.drop();
});

async function pooled(name: string, options: Record<string, unknown> = {}) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, day date, body text)`);
  const required = requirements(table(name, ['id'], ['id', 'day'], ['body']));
  const schema = `c_${name}`;
  const { capture, log } = makeCapture(database, { schema, ...options }, url);
  return { capture, log, required, schema };
}

test('70: triggers are made and followed, acknowledged and counted through a pooler', async () => {
  const { capture, required, schema } = await pooled('followed');
  expect((await capture.provision(required, { signal: never })).created).toBe(true);
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await database.query(
    "INSERT INTO followed SELECT g, date '2024-03-01', 'a' FROM generate_series(1, 500) g",
  );
  await database.query('DELETE FROM followed WHERE id = 500');
  await consumer.caughtUp();
  expect(consumer.changes).toHaveLength(501);
  // As it prints under the pinned DateStyle, whatever the database's own is.
  expect(new Set(consumer.changes.map(({ before, after }) => after?.['day'] ?? before?.['day']))).toEqual(
    new Set(['2024-03-01']),
  );
  expect((await capture.lag()).changes).toBeGreaterThanOrEqual(501);
  consumer.acknowledgeAll();
  await waitFor(async () => (await database.query(`SELECT FROM ${schema}.outbox`)).length === 0, {
    what: 'the outbox to be empty',
  });
  expect(await capture.acknowledged()).toBe(consumer.batches.at(-1)?.position);

  const { capture: direct } = makeCapture(database, { schema });
  const seen = await direct.inspect(required);
  expect([...seen.problems, ...seen.tables.flatMap(({ problems }) => problems)]).toEqual([]);
  expect(seen.heldBy).toContain(String(process.pid));
  expect(await direct.identity()).toBe(await capture.identity());
  await direct.close();
  await consumer.stop();
  await capture.close();
});

test('70: nothing of it stays in the sessions that others use', async () => {
  const { capture, required } = await pooled('tidy');
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  for (let id = 0; id < 20; id += 1) {
    await database.query('INSERT INTO tidy VALUES ($1)', [id]);
    await consumer.caughtUp();
    consumer.acknowledgeAll();
  }
  const [left] = await database.query(
    `SELECT (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks`,
  );
  expect(left).toEqual({ locks: 0 });
  const shared = await database.connect(url);
  for (let look = 0; look < 4; look += 1) {
    const { rows } =
      await shared.query(`SELECT (SELECT count(*)::int FROM pg_prepared_statements) AS prepared,
      (SELECT count(*)::int FROM pg_listening_channels()) AS channels, (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
      current_setting('row_security') AS security, current_setting('DateStyle') AS style, current_setting('synchronous_commit') AS commit`);
    expect(rows).toEqual([
      { prepared: 0, channels: 0, cursors: 0, security: 'on', style: 'German, DMY', commit: 'on' },
    ]);
  }
  await consumer.stop();
  await capture.close();
});

test('70: check tells of the pooler and what it means', async () => {
  const { capture, required } = await pooled('noticed');
  const { problems, notices } = await capture.inspect(required);
  expect(problems.filter(({ fixable }) => !fixable)).toEqual([]);
  expect(notices).toMatchObject([
    { message: expect.stringContaining('pooler'), hint: expect.stringContaining('listen_connection') },
  ]);
  const { capture: direct } = makeCapture(database, { schema: 'c_noticed' });
  expect((await direct.inspect(required)).notices).toEqual([]);
  await Promise.all([capture.close(), direct.close()]);
});

test('to be woken through a pooler is refused, and over a direct connection it works', async () => {
  const { capture, required } = await pooled('woken', { wake: 'on' });
  expect((await capture.inspect(required)).problems).toContainEqual(
    expect.objectContaining({ code: 'SLUICE_SOURCE_UNSUPPORTED', fixable: false }),
  );
  await capture.close();

  const options = { schema: 'c_woken', wake: 'on', poll_interval: '60s', listen_connection: database.url };
  const { capture: listening } = makeCapture(database, options, url);
  const { problems, notices } = await listening.inspect(required);
  expect(problems.filter(({ fixable }) => !fixable)).toEqual([]);
  expect(notices?.[0]?.message).toContain('listen_connection');
  await listening.provision(required, { signal: never });
  const consumer = new Consumer(listening, required);
  await consumer.caughtUp();
  for (let id = 1; id <= 3; id += 1) {
    // Asleep: from now on only a writer's word is heard within the minute.
    await waitFor(
      async () =>
        (
          await database.query(
            `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          )
        ).length === 1,
      { what: 'the reader to sleep' },
    );
    await database.query('INSERT INTO woken VALUES ($1)', [id]);
    await consumer.until('the row', (changes) => changes.length === id);
  }
  await consumer.stop();
  await listening.close();
});

test('a connection to be woken over that cannot do it is refused by name', async () => {
  const other = await createDatabase();
  const { required } = await pooled('unheard');
  for (const [listen, message] of [
    [url, 'through a pooler too'],
    [other.url, 'another database'],
  ] as const) {
    const options = { schema: 'c_unheard', listen_connection: listen };
    const { capture } = makeCapture(database, options, url);
    expect((await capture.inspect(required)).problems).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(message), fixable: false }),
    );
    await capture.close();
  }
  await other.drop();
});

test('a stream that ends with its pooler is begun again, and nothing is missing', async () => {
  const own = await startPooler(database.url);
  await database.query('CREATE TABLE restarted (id int PRIMARY KEY)');
  const required = requirements(table('restarted', ['id']));
  const options = { schema: 'c_restarted', lease: '1s' };
  const { capture } = makeCapture(database, options, own.through(database.url));
  await capture.provision(required, { signal: never });
  const seen = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const consumer = new Consumer(capture, required);
    await consumer.caughtUp();
    await database.query('INSERT INTO restarted VALUES ($1)', [round]);
    await own.restart();
    await database.query('INSERT INTO restarted VALUES ($1)', [round + 100]);
    const failure = await consumer.failure();
    expect(isSluiceError(failure, 'SLUICE_SOURCE_UNAVAILABLE')).toBe(true);
    for (const text of brief(consumer.changes)) seen.add(text);
  }
  const last = new Consumer(capture, required);
  await last.until('the rest', (changes) => {
    for (const text of brief(changes)) seen.add(text);
    return seen.size === 6;
  });
  await last.stop();
  await capture.close();
  await own.stop();
});

test('a trigger that is dropped is made again through the pooler', async () => {
  const { capture, required, schema } = await pooled('mended', { watch_interval: '100ms' });
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await database.query(`DROP TRIGGER ${schema}_row ON mended`);
  await consumer.until('the resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await database.query('INSERT INTO mended VALUES (1)');
  await consumer.until('the row', (changes) => changes.some(({ operation }) => operation === 'insert'));
  await consumer.stop();
  expect((await capture.deprovision({ signal: never })).length).toBeGreaterThan(0);
  await database.query('INSERT INTO mended VALUES (2)');
  await capture.close();
});

test('51, 70: through a pooler too the outbox is vacuumed, and compacted under a long transaction', async () => {
  const { capture, log, required, schema } = await pooled('kept');
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const long = await database.connect();
  await long.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
  let last = 120_000;
  await database.query('INSERT INTO kept SELECT g FROM generate_series(1, $1::int) g', [last]);
  await waitFor(
    async () => {
      // Upkeep comes with acknowledgements.
      await database.query('INSERT INTO kept SELECT g FROM generate_series($1::int + 1, $1 + 2000) g', [
        last,
      ]);
      last += 2000;
      consumer.acknowledgeAll();
      return log.some(({ message }) => message.startsWith('outbox compacted'));
    },
    { what: 'the outbox to be compacted', deadlineMs: 60_000, intervalMs: 100 },
  );
  await long.query('ROLLBACK');
  await consumer.caughtUp();
  expect(new Set(consumer.changes.map(({ after }) => after?.['id'])).size).toBe(last);
  const [stat] = await database.query(
    `SELECT vacuum_count > 0 AS vacuumed FROM pg_stat_all_tables WHERE relid = '${schema}.outbox'::regclass`,
  );
  expect(stat).toEqual({ vacuumed: true });
  await consumer.stop();
  await capture.close();
});
