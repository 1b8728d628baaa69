import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

test('a schema where somebody else has an outbox is refused, and nothing there is touched or removed', async () => {
  await database.query(`CREATE SCHEMA theirs; CREATE TABLE theirs.outbox (id bigint PRIMARY KEY, payload jsonb);
    CREATE VIEW theirs.lease AS SELECT 1 AS one; CREATE TABLE theirs.things (id int PRIMARY KEY)`);
  const needs = requirements(table('theirs.things', ['id']));
  const { capture } = makeCapture(database, { schema: 'theirs' });
  expect(await capture.inspect(needs)).toMatchObject({
    mechanism: 'absent',
    problems: [{ fixable: false, message: expect.stringContaining('has lease, outbox of somebody else') }],
  });
  await expect(capture.provision(needs, { signal: never })).rejects.toMatchObject({
    code: 'SLUICE_SOURCE_UNSUPPORTED',
  });
  expect(await capture.script(needs)).toEqual({ sections: [] });
  expect(await capture.removal()).toEqual([]);
  expect(await capture.deprovision({ signal: never })).toEqual([]);
  await database.query('INSERT INTO theirs.things VALUES (1); INSERT INTO theirs.outbox VALUES (1)');
  await capture.close();
});

test('a publication for all tables, which takes the outbox along, and an option for a table that nobody reads are told', async () => {
  await database.query('CREATE TABLE told (id int PRIMARY KEY)');
  const needs = requirements(table('told', ['id']));
  const { capture } = makeCapture(database, {
    schema: 'c_told',
    tables: { 'public.tolt': { mode: 'statement' } },
  });
  await database.query('CREATE PUBLICATION everything FOR ALL TABLES');
  const { notices } = await capture.inspect(needs);
  await database.query('DROP PUBLICATION everything');
  expect(notices?.map(({ message }) => message)).toEqual([
    expect.stringContaining('The publication everything is for all tables'),
    expect.stringContaining('names public.tolt'),
  ]);
  await capture.close();
});
