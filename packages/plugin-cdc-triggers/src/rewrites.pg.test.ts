import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeRewrites, followTable } from '../../../test/support/capture-rewrites.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { makeCapture } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

function open(source: TestDatabase, name: string) {
  return makeCapture(source, { schema: `c_${name}`, watch_interval: '100ms' }).capture;
}

describeRewrites(() => database, open);

// Postgres refuses to give one another expression where the table is published.
test('a virtual column with another expression is a resync, though nothing is rewritten', async () => {
  const { name, found } = await followTable(database, (each) => open(database, each));
  const [server] = await database.query<{ v: number }>(
    "SELECT current_setting('server_version_num')::int AS v",
  );
  const virtual = (server?.v ?? 0) >= 180_000;
  const column = (factor: number) =>
    `twice bigint GENERATED ALWAYS AS (amount * ${factor}) ${virtual ? 'VIRTUAL' : 'STORED'}`;
  await database.query(`ALTER TABLE ${name} ADD ${column(2)}`);
  await found('acknowledged', ['twice']);
  expect(await found('acknowledged', ['twice'])).toEqual([]);
  await database.query(
    virtual
      ? `ALTER TABLE ${name} ALTER twice SET EXPRESSION AS (amount * 3)`
      : `ALTER TABLE ${name} DROP twice, ADD ${column(3)}`,
  );
  expect(await found('acknowledged', ['twice'])).toEqual(['resync']);
  expect(await found('acknowledged', ['twice'])).toEqual([]);
});
