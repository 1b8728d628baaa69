import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, follow, makeCapture, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

const rows = 150_000;

async function following(name: string) {
  await database.query(`CREATE TABLE "${name}" (id int PRIMARY KEY, n int)`);
  const required = requirements(table(name, ['id'], ['id'], ['n']));
  const schema = `c_${name}`;
  return { ...(await follow(database, required, { schema })), schema };
}

/** A transaction that keeps every deleted row from being removed. */
async function pin() {
  const client = await database.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
  return client;
}

async function outboxBytes(schema: string): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(
    `SELECT pg_total_relation_size('${schema}.outbox') AS bytes`,
  );
  return Number(row?.bytes ?? 0);
}

test('51: under a long transaction the outbox is compacted while writers go on, and nothing is lost', async () => {
  const { consumer, log, schema, stop } = await following('compacted');
  const pinned = await pin();
  let writing = true;
  let next = rows;
  const writers = Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = await database.connect();
      while (writing) {
        next += 2;
        const id = next;
        await client.query(`BEGIN; INSERT INTO compacted VALUES (${id}, 0)`);
        await client.query(`INSERT INTO compacted VALUES (${id + 1}, 0); COMMIT`);
        // Acknowledging late leaves rows that have to be carried over.
        if (id % 20 === 0) consumer.acknowledgeAll();
      }
    }),
  );
  await database.query(`INSERT INTO compacted SELECT g, 0 FROM generate_series(1, ${rows}) g`);
  const compacted = () => log.filter(({ message }) => message.startsWith('outbox compacted')).length;
  await waitFor(
    async () => {
      consumer.acknowledgeAll();
      return compacted() > 0 && (await outboxBytes(schema)) < 5 << 20;
    },
    { what: 'the outbox to be compacted', deadlineMs: 60_000, intervalMs: 20 },
  );
  const then = next;
  await waitFor(() => next > then + 200, { what: 'the writers to go on' });
  writing = false;
  await writers;
  await pinned.query('ROLLBACK');
  await consumer.caughtUp();
  const told = new Set(consumer.changes.map(({ after }) => Number(after?.['id'])));
  const all = await database.query<{ id: number }>('SELECT id FROM compacted');
  expect(all.length).toBeGreaterThan(rows);
  expect(all.filter(({ id }) => !told.has(id))).toEqual([]);
  consumer.acknowledgeAll();
  await waitFor(async () => (await database.query(`SELECT FROM ${schema}.outbox`)).length === 0, {
    what: 'the outbox to be empty',
  });
  await stop();
});

test('51: under a long transaction the outbox is compacted also where nothing is written or acknowledged any more', async () => {
  const { consumer, log, schema, stop } = await following('quiet');
  const pinned = await pin();
  await database.query(`INSERT INTO quiet SELECT g, 0 FROM generate_series(1, ${rows}) g`);
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  await waitFor(async () => (await outboxBytes(schema)) < 1 << 20, { what: 'the outbox to be compacted' });
  await waitFor(() => log.some(({ message }) => message.startsWith('outbox compacted')), {
    what: 'the log to tell of it',
  });
  await database.query('INSERT INTO quiet VALUES (0, 0)');
  await consumer.caughtUp();
  expect(consumer.changes.length).toBe(rows + 1);
  // Else it would pass for one that somebody else emptied.
  expect(
    await database.query(
      `SELECT v = pg_relation_filenode('${schema}.outbox')::text AS noted FROM ${schema}.meta WHERE k = 'outbox_file'`,
    ),
  ).toEqual([{ noted: true }]);
  await pinned.query('ROLLBACK');
  await stop();
});

test('51: compaction gives way to an open writer, and keeps nobody behind it', async () => {
  const { consumer, log, stop } = await following('yielding');
  const pinned = await pin();
  const open = await database.connect();
  await open.query('BEGIN; INSERT INTO yielding VALUES (0, 0)');
  await database.query(`INSERT INTO yielding SELECT g, 0 FROM generate_series(1, ${rows}) g`);
  // Others write all the while: behind a request for the lock that lasted, none of them would come back.
  let id = rows;
  await waitFor(
    async () => {
      await database.query(
        `INSERT INTO yielding SELECT g, 0 FROM generate_series(${id + 1}, ${id + 2000}) g`,
      );
      id += 2000;
      consumer.acknowledgeAll();
      return log.filter(({ message }) => message.startsWith('outbox not compacted yet')).length >= 2;
    },
    { what: 'two tries of a compaction', deadlineMs: 60_000, intervalMs: 5 },
  );
  expect(log.filter(({ message }) => message.startsWith('outbox compacted'))).toEqual([]);
  await open.query('COMMIT');
  await pinned.query('ROLLBACK');
  await consumer.caughtUp();
  expect(new Set(consumer.changes.map(({ after }) => Number(after?.['id']))).size).toBe(id + 1);
  await stop();
});

test('74: how far the outbox is behind is told from a few of its rows, however many wait', async () => {
  const { capture, consumer, schema, stop } = await following('waiting');
  consumer.pause();
  await database.query(`INSERT INTO waiting SELECT g, 0 FROM generate_series(1, ${rows}) g`);
  const read = async () => {
    const [row] = await database.query<{ scans: string; tuples: string }>(
      `SELECT idx_scan::text AS scans, (seq_tup_read + idx_tup_fetch)::text AS tuples
       FROM pg_stat_all_tables WHERE relid = '${schema}.outbox'::regclass`,
    );
    return { scans: Number(row?.scans), tuples: Number(row?.tuples) };
  };
  await waitFor(async () => (await read()).scans > 0, { what: 'the statistics' });
  const before = await read();
  const lag = await capture.lag();
  expect(lag.changes).toBeGreaterThanOrEqual(rows);
  expect(lag.bytes).toBeGreaterThan(rows * 30);
  for (let again = 0; again < 5; again += 1) await capture.lag();
  const after = await waitFor(
    async () => {
      const now = await read();
      return now.scans > before.scans ? now : null;
    },
    { what: 'the statistics to tell of it' },
  );
  expect(after.tuples - before.tuples).toBeLessThan(rows / 10);
  consumer.resume();
  await stop();
});

test('whoever stops waits for no VACUUM, and the next reader begins', async () => {
  const { capture, consumer, schema } = await following('slow');
  // As an operator may have set it, so that no VACUUM disturbs the application.
  await database.query(`ALTER DATABASE ${database.name} SET vacuum_cost_delay = '100ms'`);
  await database.query(`ALTER DATABASE ${database.name} SET vacuum_cost_limit = 1`);
  const vacuumed = makeCapture(database, { schema });
  await consumer.stop();
  await capture.close();
  const required = requirements(table('slow', ['id'], ['id'], ['n']));
  const reading = new Consumer(vacuumed.capture, required);
  await database.query('INSERT INTO slow SELECT g, 0 FROM generate_series(1, 20000) g');
  const vacuums = async () =>
    await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%VACUUM%${schema}%'
         AND state = 'active' AND pid <> pg_backend_pid()`,
    );
  await waitFor(
    async () => {
      reading.acknowledgeAll();
      return (await vacuums()).length > 0;
    },
    { what: 'a VACUUM', deadlineMs: 30_000 },
  );
  await reading.stop();
  const closing = vacuumed.capture.close().then(() => 'closed');
  await waitFor(async () => (await vacuums()).length === 0, {
    what: 'the VACUUM to end',
    deadlineMs: 10_000,
  });
  expect(await closing).toBe('closed');
  const next = makeCapture(database, { schema }).capture;
  const second = new Consumer(next, required);
  await second.caughtUp();
  await second.stop();
  await next.close();
  await database.query(`ALTER DATABASE ${database.name} RESET ALL`);
});
