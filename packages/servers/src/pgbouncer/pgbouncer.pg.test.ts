import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import type { PgBouncer } from './options.ts';
import { pgBouncerObstacle } from './program.ts';
import { startPgBouncer } from './start.ts';

let database: TestDatabase;
let pooler: PgBouncer;
beforeAll(async () => {
  database = await createDatabase();
  pooler = await startPgBouncer({ upstream: database.url, settings: { default_pool_size: 1 } });
});
afterAll(async () => {
  await pooler.stop();
  await database.drop();
});

async function one(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return Object.values((await client.query({ text: sql, rowMode: 'array' })).rows[0] ?? [])[0];
  } finally {
    await client.end();
  }
}

test('clients share server connections, transaction by transaction, as any role of the database', async () => {
  expect(pooler.version).toMatch(/^1\.\d+\.\d+/);
  const role = await database.createRole();
  expect(await one(pooler.through(role.url), 'SELECT current_user')).toBe(role.name);
  const pids = await Promise.all(
    [1, 2, 3].map(() => one(pooler.through(database.url), 'SELECT pg_backend_pid()')),
  );
  expect(new Set(pids).size).toBe(1);
});

test('what one client sets in its session is what the next one finds', async () => {
  const [first, second] = [0, 1].map(() => new pg.Client({ connectionString: pooler.through(database.url) }));
  await first?.connect();
  await second?.connect();
  await first?.query("SET work_mem = '7MB'");
  expect((await second?.query('SHOW work_mem'))?.rows).toEqual([{ work_mem: '7MB' }]);
  await Promise.all([first?.end(), second?.end()]);
});

test('it answers again after a restart, and does not while it is dead', async () => {
  await pooler.kill();
  await expect(one(pooler.through(database.url), 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  await pooler.restart();
  expect(await one(pooler.through(database.url), 'SELECT 1')).toBe(1);
});

test('a program that is named and not there is an obstacle, and not replaced by another', () => {
  expect(pgBouncerObstacle({ ...process.env, SLUICE_TEST_PGBOUNCER: '/no/such/pgbouncer' })).toMatchObject({
    reason: expect.stringContaining('/no/such/pgbouncer'),
  });
  expect(pgBouncerObstacle()).toBeUndefined();
});
