import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from './postgres.ts';

test('a test database is empty, takes roles and logical slots, and leaves nothing behind', async () => {
  const database = await createDatabase();
  const role = await database.createRole('REPLICATION');
  const client = await database.connect(role.url);
  expect((await client.query('SELECT current_user, current_database()')).rows).toEqual([
    { current_user: role.name, current_database: database.name },
  ]);
  await database.query(`SELECT pg_create_logical_replication_slot('${database.name}', 'pgoutput')`);
  await database.query('CREATE TABLE t AS SELECT 1 AS a');
  expect(await database.query('TABLE t')).toEqual([{ a: 1 }]);

  await database.drop();

  const after = await createDatabase();
  const counts = `SELECT (SELECT count(*)::int FROM pg_database WHERE datname = $1) AS databases,
    (SELECT count(*)::int FROM pg_roles WHERE rolname = $2) AS roles,
    (SELECT count(*)::int FROM pg_replication_slots WHERE database = $1) AS slots`;
  expect(await after.query(counts, [database.name, role.name])).toEqual([
    { databases: 0, roles: 0, slots: 0 },
  ]);
  await after.drop();
});

test('a test database is dropped while a transaction is open and a backend was killed', async () => {
  const database = await createDatabase();
  const open = await database.connect();
  await open.query('BEGIN; CREATE TABLE t (a int)');
  const killed = await database.connect();
  const [backend] = (await killed.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
  await database.query('SELECT pg_terminate_backend($1)', [backend?.pid]);

  await database.drop();

  const late = new pg.Client({ connectionString: database.url });
  await expect(late.connect()).rejects.toThrow('does not exist');
});
