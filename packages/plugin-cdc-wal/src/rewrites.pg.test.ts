import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeRewrites, followTable } from '../../../test/support/capture-rewrites.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

const slotOf = (source: TestDatabase, name: string) => `${name}_${source.name}`;
const open = (source: TestDatabase, name: string) =>
  makeCapture(source, { slot: slotOf(source, name), poll_interval: '100ms' }).capture;
const followed = () => followTable(database, (name) => open(database, name));

describeRewrites(() => database, open);

test('a schema that reads one more column, and then one less, is no resync', async () => {
  const { name, found } = await followed();
  await database.query(`ALTER TABLE ${name} ADD body text`);
  expect(await found('acknowledged', ['body'])).toEqual([]);
  expect(await found('acknowledged')).toEqual([]);
});

test('a table that was out of the publication for a while is a resync', async () => {
  const { name, found } = await followed();
  const slot = slotOf(database, name);
  await database.query(`ALTER PUBLICATION "${slot}" DROP TABLE ${name}`);
  await database.query(`UPDATE ${name} SET amount = 6`);
  await database.query(`ALTER PUBLICATION "${slot}" ADD TABLE ${name}`);
  expect(await found('died')).toEqual(['resync']);
  expect(await found('acknowledged')).toEqual(['resync']);
  expect(await found('acknowledged')).toEqual([]);
});

test('a role that may not write the fingerprint down knows it as long as it runs', async () => {
  const role = await database.createRole('REPLICATION');
  const { name, wanted, found } = await followed();
  const slot = slotOf(database, name);
  await database.query(`GRANT SELECT ON ${name} TO ${role.name}`);
  const { capture } = makeCapture(database, { slot, poll_interval: '100ms' }, role.url);
  let consumer = new Consumer(capture, wanted());
  await consumer.caughtUp();
  await consumer.stop();
  await database.query(`ALTER TABLE ${name} ALTER amount TYPE bigint USING amount * 100`);
  consumer = new Consumer(capture, wanted());
  await consumer.until('a resync', (changes) => changes.length > 0);
  consumer.acknowledgeAll();
  await consumer.stop();
  consumer = new Consumer(capture, wanted());
  await consumer.caughtUp();
  expect(consumer.changes).toEqual([]);
  await consumer.stop();
  await capture.close();
  // The one who may write still has what it wrote.
  expect(await found('acknowledged')).toEqual(['resync']);
});

test('hundreds of tables fit into what is remembered, and none is resynced', async () => {
  const names = Array.from({ length: 200 }, (_, n) => `many_${n}`);
  const columns = Array.from({ length: 10 }, (_, n) => `column_${n}`);
  for (const name of names) {
    await database.query(
      `CREATE TABLE ${name} (id int PRIMARY KEY, ${columns.map((column) => `${column} int`).join()})`,
    );
  }
  const wanted = requirements(...names.map((name) => table(name, ['id'], ['id'], columns)));
  const slot = `many_${database.name}`;
  const { capture } = makeCapture(database, { slot, poll_interval: '100ms' });
  await capture.provision(wanted, { signal: never });
  const consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  await consumer.stop();
  await capture.close();
  const [row] = await database.query<{ bytes: number; tables: number }>(
    `SELECT length(c) AS bytes, (SELECT count(*)::int FROM json_object_keys(substr(c, 8)::json->'lineages')) AS tables
     FROM (SELECT obj_description(oid, 'pg_publication') AS c FROM pg_publication WHERE pubname = $1) AS p`,
    [slot],
  );
  expect(row?.tables).toBe(200);
  expect(row?.bytes).toBeLessThan(40_000);
  const again = makeCapture(database, { slot }).capture;
  const second = new Consumer(again, wanted);
  await second.caughtUp();
  expect(second.changes).toEqual([]);
  await second.stop();
  await again.close();
});
