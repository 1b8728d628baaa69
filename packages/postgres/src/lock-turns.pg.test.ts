import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPooler } from '../../../test/support/pooler.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { createPool, type PoolOptions, type SourcePool } from './connection-pool.ts';
import { parseConnection } from './connection-settings.ts';
import { defaultLimits } from './settings.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

function poolAt(url: string, options: Partial<PoolOptions> = {}): SourcePool {
  return createPool(parseConnection(url), {
    applicationName: 'reader',
    poolers: 'allowed',
    lockTurn: 100,
    ...options,
  });
}

/**
 * Two tables, and a function that reads `second` once somebody waits for `first`, which the statement that
 * calls it has locked; it waits so the first time it is called only. Gives the rows of `second`.
 */
async function twoTables(): Promise<void> {
  await database.query(`
    DROP TABLE IF EXISTS first, second;
    DROP SEQUENCE IF EXISTS calls;
    CREATE TABLE first (n int); INSERT INTO first VALUES (1);
    CREATE TABLE second (n int); INSERT INTO second VALUES (1);
    CREATE SEQUENCE calls;
    CREATE OR REPLACE FUNCTION read_second() RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('public.calls') = 1 THEN
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'public.first'::regclass AND NOT granted) LOOP
          PERFORM pg_sleep(0.005);
        END LOOP;
      END IF;
      RETURN (SELECT count(*) FROM public.second);
    END $$`);
}

const readBoth = { name: 'read_both', text: 'SELECT public.read_second() FROM public.first' };

/** Until somebody has locked the table, or waits for it. */
async function untilReaderIs(granted: boolean, table: string): Promise<void> {
  await waitFor(
    async () =>
      (
        await database.query(
          `SELECT FROM pg_locks WHERE relation = $1::regclass AND mode = 'AccessShareLock' AND granted = $2`,
          [table, granted],
        )
      ).length > 0,
    { what: `a reader to ${granted ? 'have' : 'wait for'} ${table}` },
  );
}

async function locking(table: string): Promise<pg.Client> {
  const application = await database.connect();
  await application.query(`BEGIN; LOCK TABLE ${table}; INSERT INTO ${table} VALUES (2)`);
  return application;
}

async function calls(): Promise<number> {
  const [row] = await database.query<{ last_value: string }>('SELECT last_value FROM calls');
  return Number(row?.last_value);
}

/** The ways in which a pool reads: both tables, `first` before `second`. */
const ways: readonly (readonly [string, (pool: SourcePool) => Promise<unknown>])[] = [
  ['a prepared statement', async (pool) => (await pool.cells(readBoth))[0]?.[0]],
  [
    'a query',
    async (pool) => (await pool.query<{ read_second: string }>(readBoth.text)).rows[0]?.read_second,
  ],
  [
    'a transaction',
    (pool) =>
      pool.transaction(async (transaction) => {
        await transaction.query('LOCK TABLE public.first IN ACCESS SHARE MODE');
        return (await transaction.query<{ n: string }>('SELECT public.read_second() AS n')).rows[0]?.n;
      }),
  ],
];

test.each(ways.flatMap(([what, read]) => [false, true].map((pooled) => ({ what, read, pooled }))))(
  '$what gives way to an application that locks the same tables the other way round (pooled: $pooled)',
  async ({ read, pooled }) => {
    await twoTables();
    await using pooler = pooled ? await startPooler(database.url) : null;
    const pool = poolAt(pooler?.through(database.url) ?? database.url);
    try {
      expect(await pool.pooled()).toBe(pooled);
      const application = await locking('second');
      const reading = read(pool);
      await untilReaderIs(true, 'first');
      // It waits for the reader from here on, and the reader for it a moment later.
      await application.query('LOCK TABLE first');
      await application.query('COMMIT');
      await application.end();
      expect(await reading).toBe('2');
    } finally {
      await pool.end();
    }
  },
);

test('a lock that is held for longer than the patience is an error that says so', async () => {
  await twoTables();
  const application = await locking('second');
  const pool = poolAt(database.url, { lockTurn: 20, limits: { ...defaultLimits, lockTimeout: 400 } });
  await database.query("SELECT setval('calls', 1)");
  await expect(pool.cells(readBoth)).rejects.toMatchObject({
    code: '55P03',
    message: 'canceling statement due to lock timeout',
  });
  expect(await calls(), 'it was tried again before').toBeGreaterThan(2);
  expect(await database.query("SELECT FROM pg_locks WHERE relation = 'first'::regclass")).toEqual([]);
  await application.query('COMMIT');
  expect(await pool.cells(readBoth)).toEqual([['2']]);
  await application.end();
  await pool.end();
});

test('a pool that ends does not wait for a lock that somebody holds', async () => {
  await twoTables();
  const application = await locking('second');
  const pool = poolAt(database.url, { lockTurn: 20, limits: { ...defaultLimits, lockTimeout: 0 } });
  const reading = pool.query('SELECT FROM public.second').catch((error: unknown) => error);
  await untilReaderIs(false, 'second');
  await pool.end();
  expect(await reading).toMatchObject({ code: '55P03' });
  // It held the lock until here.
  await application.query('COMMIT');
  await application.end();
});

test('without turns a lock is waited for in one go', async () => {
  await twoTables();
  const application = await locking('second');
  const limits = { ...defaultLimits, lockTimeout: 50 };
  const pool = createPool(parseConnection(database.url), { applicationName: 'reader', limits });
  await database.query("SELECT setval('calls', 1)");
  await expect(pool.cells(readBoth)).rejects.toMatchObject({ code: '55P03' });
  expect(await calls()).toBe(2);
  await application.query('COMMIT');
  await application.end();
  await pool.end();
});
