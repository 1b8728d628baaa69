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

/** Scenario numbers are those of the design's list. */
async function following(name: string, options: Record<string, unknown> = {}) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, ref int, body text, other int DEFAULT 0)`);
  const required = requirements(table(name, ['id'], ['id', 'ref'], ['body']));
  const schema = `c_${name}`;
  return { ...(await follow(database, required, { schema, ...options })), required, schema };
}

test('1, 2, 3: what a transaction commits comes once; what it rolls back never comes', async () => {
  const { changesOf, stop } = await following('commits');
  expect(brief(await changesOf(() => database.query("INSERT INTO commits VALUES (1, 7, 'a')")))).toEqual([
    'insert 1',
  ]);
  const client = await database.connect();
  expect(
    brief(
      await changesOf(async () => {
        await client.query('BEGIN; INSERT INTO commits VALUES (2); ROLLBACK');
        await client.query(
          'BEGIN; INSERT INTO commits VALUES (3); SAVEPOINT s; INSERT INTO commits VALUES (4)',
        );
        await client.query('ROLLBACK TO s; INSERT INTO commits VALUES (5); COMMIT');
      }),
    ),
  ).toEqual(['insert 3', 'insert 5']);
  await stop();
});

test('4, 7, 9, 10: an update tells of old and new links, and of nothing that no plan reads', async () => {
  const { changesOf, stop } = await following('updates');
  await database.query("INSERT INTO updates VALUES (1, 10, 'a')");
  await changesOf(async () => undefined);
  expect(await changesOf(() => database.query('UPDATE updates SET other = 5'))).toEqual([]);
  expect(await changesOf(() => database.query("UPDATE updates SET body = 'a'"))).toEqual([]);
  const name = { schema: 'public', name: 'updates' };
  expect(await changesOf(() => database.query("UPDATE updates SET body = 'b'"))).toEqual([
    { table: name, operation: 'update', after: { id: '1', ref: '10' } },
  ]);
  expect(await changesOf(() => database.query('UPDATE updates SET ref = NULL'))).toEqual([
    { table: name, operation: 'update', before: { id: '1', ref: '10' }, after: { id: '1', ref: null } },
  ]);
  expect(await changesOf(() => database.query('UPDATE updates SET id = 2, ref = 11'))).toEqual([
    { table: name, operation: 'update', before: { id: '1', ref: null }, after: { id: '2', ref: '11' } },
  ]);
  expect(await changesOf(() => database.query('DELETE FROM updates'))).toEqual([
    { table: name, operation: 'delete', before: { id: '2', ref: '11' } },
  ]);
  await stop();
});

test('what was acknowledged does not come again; what was not does', async () => {
  const { capture, consumer, changesOf, required, schema } = await following('again');
  await changesOf(() => database.query('INSERT INTO again VALUES (1)'));
  const position = consumer.batches.at(-1)?.position;
  await database.query('INSERT INTO again VALUES (2)');
  await consumer.caughtUp();
  await consumer.stop();
  await capture.close();

  const restarted = makeCapture(database, { schema });
  expect(await restarted.capture.acknowledged()).toBe(position);
  const second = new Consumer(restarted.capture, required);
  await second.caughtUp();
  expect(brief(second.changes)).toEqual(['insert 2']);
  second.acknowledgeAll();
  await second.stop();
  await restarted.capture.close();
  expect(await database.query(`SELECT FROM ${schema}.outbox`)).toEqual([]);
});

test('a position recorded before it was acknowledged is never behind what is acknowledged later by others', async () => {
  const { capture, consumer, required, schema } = await following('terms');
  await database.query('INSERT INTO terms VALUES (1)');
  await consumer.caughtUp();
  const recorded = consumer.batches.at(-1)?.position ?? '';
  const identity = await capture.identity();
  await consumer.stop();
  await capture.close();

  const next = makeCapture(database, { schema }).capture;
  expect(await next.identity()).toBe(identity);
  expect(next.comparePositions((await next.acknowledged()) ?? '', recorded)).toBeLessThan(0);
  const second = new Consumer(next, required);
  await second.caughtUp();
  second.acknowledgeAll();
  await second.stop();
  await next.close();

  const last = makeCapture(database, { schema }).capture;
  expect(last.comparePositions((await last.acknowledged()) ?? '', recorded)).toBeGreaterThan(0);
  await last.close();
});

test('a barrier covers what is visible and is reached on an idle stream within moments', async () => {
  const { capture, consumer, stop } = await following('barriers', { poll_interval: '10ms' });
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = performance.now();
    await consumer.reaches(await capture.barrier());
    times.push(performance.now() - before);
  }
  expect(Math.min(...times)).toBeLessThan(100);
  await stop();
});

test('a removed capture leaves nothing behind, and the application goes on writing', async () => {
  const { capture, changesOf, stop, schema } = await following('removed');
  await changesOf(() => database.query('INSERT INTO removed VALUES (1)'));
  expect(await capture.deprovision({ signal: never })).not.toEqual([]);
  await database.query('INSERT INTO removed VALUES (2)');
  expect(await database.query("SELECT FROM pg_trigger WHERE tgrelid = 'removed'::regclass")).toEqual([]);
  expect(await database.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
  expect(await capture.deprovision({ signal: never })).toEqual([]);
  expect(await capture.acknowledged()).toBeNull();
  await stop();
});

test('once removed after its stream ended, a capture asks nothing of the source any more', async () => {
  const { capture, consumer, changesOf } = await following('quiet', { lease: '1s' });
  await changesOf(() => database.query('INSERT INTO quiet VALUES (1)'));
  await consumer.stop();
  await capture.deprovision({ signal: never });
  const [removed] = await database.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
  const sinceSql = `SELECT now() > $1::timestamptz + interval '1 second' AS enough,
    (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
      AND application_name = 'sluice capture' AND query_start > $1::timestamptz) AS asked`;
  const { asked } = await waitFor(
    async () => {
      const [row] = await database.query<{ enough: boolean; asked: number }>(sinceSql, [removed?.at]);
      return row !== undefined && (row.enough || row.asked > 0) ? row : null;
    },
    { what: 'a time in which a lease is renewed thrice' },
  );
  expect(asked).toBe(0);
  await capture.close();
});

test('a stream that ended keeps others away for late acknowledgements, but not for ever', async () => {
  const { capture, consumer, required, schema, stop } = await following('departed', { lease: '1s' });
  await consumer.stop();
  const lease = async () => {
    const [row] = await database.query<{ expires: string; held: boolean }>(
      `SELECT expires::text AS expires, expires > clock_timestamp() AS held FROM ${schema}.lease`,
    );
    return row;
  };
  const ended = await lease();
  expect(ended?.held).toBe(true);
  await waitFor(async () => (await lease())?.expires !== ended?.expires, { what: 'the lease to be kept' });
  await waitFor(async () => (await lease())?.held === false, { what: 'the lease to be let go' });
  const other = makeCapture(database, { schema }).capture;
  const next = new Consumer(other, required);
  await next.caughtUp();
  await next.stop();
  await other.close();
  const again = new Consumer(capture, required);
  await again.caughtUp();
  await again.stop();
  await stop();
});
