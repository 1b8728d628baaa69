import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { startProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import { createPool, type SourcePool } from './connection-pool.ts';
import { parseConnection } from './connection-settings.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let pool: SourcePool;
beforeAll(async () => {
  database = await createDatabase();
  proxy = await startProxy(database.url);
  pool = createPool(parseConnection(proxy.through(database.url)), {
    applicationName: 'watched',
    max: 1,
    patience: 150,
  });
});
afterAll(async () => {
  await pool.end();
  await proxy.close();
  await database.drop();
});

test('a query on a connection that was forgotten on the way rejects, and the next one gets another', async () => {
  await pool.query('SELECT 1');
  proxy.forget();
  await expect(pool.query('SELECT 2')).rejects.toThrow(/Connection terminated/);
  expect((await pool.query('SELECT 3 AS n')).rows).toEqual([{ n: '3' }]);
});

test('an answer that is lost on the way rejects its query', async () => {
  const answer = pool.query('SELECT pg_sleep(0.5)').then(
    () => 'answered',
    (error: unknown) => String(error),
  );
  proxy.forget();
  expect(await answer).toMatch(/Connection terminated/);
});

test('a statement that takes long is waited for', async () => {
  expect((await pool.query('SELECT pg_sleep(1.2)::text AS slept')).rows).toEqual([{ slept: '' }]);
});

test('a statement that takes long is waited for where the server does not say what sessions do', async () => {
  const quiet = new URL(database.url);
  quiet.search = '?options=-c%20track_activities%3Doff';
  const silent = createPool(parseConnection(quiet.href), { applicationName: 'silent', patience: 150 });
  expect((await silent.query('SELECT pg_sleep(1.2)::text AS slept')).rows).toEqual([{ slept: '' }]);
  await silent.end();
});
