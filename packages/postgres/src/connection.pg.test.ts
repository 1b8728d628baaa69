import { isSluiceError } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnPostgres } from '../../../test/support/own-servers.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { connect } from './connection.ts';
import { createPool } from './connection-pool.ts';
import { parseConnection } from './connection-settings.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

const options = { applicationName: 'sluice test' };

test('settings are pinned whatever the database and the role say, also after DISCARD ALL', async () => {
  await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo';
    ALTER DATABASE ${database.name} SET search_path = public; ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
  const client = await connect(parseConnection(database.url), options);
  for (const reset of ['SELECT 1', 'DISCARD ALL']) {
    await client.query(reset);
    const { rows } = await client.query(
      "SELECT current_setting('TimeZone') AS tz, current_setting('search_path') AS path, now()::text AS now, 1 AS n, true AS b",
    );
    expect(rows[0]).toMatchObject({ tz: 'UTC', path: 'pg_catalog', n: '1', b: 't' });
    expect(rows[0]?.now).toMatch(/\+00$/);
  }
  await client.end();
});

test('a pool survives its connections being killed, and errors say what happened', async () => {
  const pool = createPool(parseConnection(database.url), { ...options, max: 2 });
  const { rows } = await pool.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
  await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  // The one that was killed may be noticed only now.
  await pool.query('SELECT 1').catch(() => undefined);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: '1' }]);
  await expect(pool.query('SELECT nonsense')).rejects.toThrow('nonsense');
  await pool.end();
  await pool.end();
});

test('a wrong password, database and port are told apart', async () => {
  const codeOf = async (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    const failure: unknown = await connect(parseConnection(url.href), options).catch(
      (error: unknown) => error,
    );
    return isSluiceError(failure) ? failure.code : failure;
  };
  expect(
    await codeOf((url) => {
      url.pathname = '/no_such_database';
    }),
  ).toBe('SLUICE_SOURCE_REFUSED');
  expect(
    await codeOf((url) => {
      url.username = 'no_such_role';
    }),
  ).toBe('SLUICE_SOURCE_REFUSED');
  expect(
    await codeOf((url) => {
      url.port = '1';
    }),
  ).toBe('SLUICE_SOURCE_UNAVAILABLE');
});

test('prefer takes TLS where the server has it and goes without where it has not; require refuses', async () => {
  const withTls = await startOwnPostgres({ tls: 'on' });
  const without = await startOwnPostgres();
  try {
    const ssl = async (url: string, mode: string) => {
      const client = await connect(parseConnection(`${url}?sslmode=${mode}`), options);
      const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      await client.end();
      return rows[0]?.ssl;
    };
    expect(await ssl(withTls.url, 'prefer')).toBe('t');
    expect(await ssl(withTls.url, 'allow')).toBe('f');
    expect(await ssl(without.url, 'prefer')).toBe('f');
    const pool = createPool(parseConnection(`${without.url}?sslmode=prefer`), options);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: '1' }]);
    await pool.end();
    const failure: unknown = await ssl(without.url, 'require').catch((error: unknown) => error);
    expect(isSluiceError(failure, 'SLUICE_SOURCE_REFUSED')).toBe(true);
  } finally {
    await Promise.all([withTls.stop(), without.stop()]);
  }
});
