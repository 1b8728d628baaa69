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

async function partitioned(name: string, options: Record<string, unknown> = {}) {
  await database.query(`
    CREATE TABLE ${name} (id int, part int, n int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
    CREATE TABLE ${name}_1 PARTITION OF ${name} FOR VALUES IN (1);
    CREATE TABLE ${name}_2 PARTITION OF ${name} FOR VALUES IN (2) PARTITION BY LIST (part);
    CREATE TABLE ${name}_2a PARTITION OF ${name}_2 FOR VALUES IN (2)`);
  const required = requirements(table(name, ['id', 'part'], ['id', 'part'], ['n']));
  const schema = `c_${name}`;
  return { ...(await follow(database, required, { schema, ...options })), required, schema };
}

test('18: a row comes once, under the table that plans name, however it was written', async () => {
  const { changesOf, stop } = await partitioned('once');
  expect(brief(await changesOf(() => database.query('INSERT INTO once VALUES (1, 1)')))).toEqual([
    'insert 1',
  ]);
  expect(brief(await changesOf(() => database.query('INSERT INTO once_2a VALUES (2, 2)')))).toEqual([
    'insert 2',
  ]);
  const changes = await changesOf(() => database.query('UPDATE once SET part = 2 WHERE id = 1'));
  expect(brief(changes, 'part')).toEqual(['delete 1', 'insert 2']);
  expect(changes.map(({ table: { name } }) => name)).toEqual(['once', 'once']);
  await stop();
});

test('18, 23: partitions report what a session in replica mode writes too', async () => {
  const { changesOf, stop } = await partitioned('replicated');
  const client = await database.connect();
  await client.query('SET session_replication_role = replica');
  expect(brief(await changesOf(() => client.query('INSERT INTO replicated_2a VALUES (1, 2)')))).toEqual([
    'insert 1',
  ]);
  await stop();
});

test('19, 20: rows of a partition that was made or attached meanwhile are told of, and lead to a resync', async () => {
  const { changesOf, consumer, stop } = await partitioned('grown', { watch_interval: '50ms' });
  await database.query('CREATE TABLE grown_3 PARTITION OF grown FOR VALUES IN (3)');
  expect(
    brief(
      (await changesOf(() => database.query('INSERT INTO grown VALUES (1, 3)'))).filter(
        ({ operation }) => operation === 'insert',
      ),
    ),
  ).toEqual(['insert 1']);
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  const seen = consumer.changes.length;
  await database.query('CREATE TABLE grown_4 (LIKE grown); INSERT INTO grown_4 VALUES (2, 4)');
  await database.query('ALTER TABLE grown ATTACH PARTITION grown_4 FOR VALUES IN (4)');
  await consumer.until('another resync', (changes) =>
    changes.slice(seen).some(({ operation }) => operation === 'resync'),
  );
  const detached = consumer.changes.length;
  await database.query('ALTER TABLE grown DETACH PARTITION grown_1');
  await consumer.until('a third resync', (changes) =>
    changes.slice(detached).some(({ operation }) => operation === 'resync'),
  );
  // The new leaf has a trigger of its own by now.
  expect(brief(await changesOf(() => database.query('TRUNCATE grown_3')))).toEqual(['resync']);
  await stop();
});

test('20: partitions that changed while nobody looked lead to a resync when somebody does', async () => {
  const { capture, consumer, required, schema } = await partitioned('asleep');
  await consumer.stop();
  await capture.close();
  await database.query('DROP TABLE asleep_1');
  const next = makeCapture(database, { schema }).capture;
  const again = new Consumer(next, required);
  await again.caughtUp();
  expect(again.changes).toMatchObject([{ operation: 'resync', table: { name: 'asleep' } }]);
  again.acknowledgeAll();
  await again.stop();
  await next.close();

  const last = makeCapture(database, { schema }).capture;
  const third = new Consumer(last, required);
  await third.caughtUp();
  expect(third.changes).toEqual([]);
  await third.stop();
  await last.close();
});

test.each([
  ['detached', 'leaving', 'ALTER TABLE leaving DETACH PARTITION leaving_1'],
  ['dropped', 'dropping', 'DROP TABLE dropping_1'],
])('19: a partition that is %s between the look and the triggers is no failure', async (_, name, change) => {
  await database.query(`
    CREATE TABLE ${name} (id int, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
    CREATE TABLE ${name}_1 PARTITION OF ${name} FOR VALUES IN (1);
    CREATE TABLE ${name}_2 PARTITION OF ${name} FOR VALUES IN (2)`);
  const required = requirements(table(name, ['id', 'part'], ['id', 'part'], []));
  const { capture } = makeCapture(database, { schema: `c_${name}` });
  const writer = await database.connect();
  await writer.query(`BEGIN; INSERT INTO ${name} VALUES (1, 1)`);
  const waits: string[] = [];
  const provisioning = capture.provision(required, { signal: never, onWait: (wait) => waits.push(wait) });
  await waitFor(() => waits.length > 0, { what: 'the triggers to wait for the writer' });
  const application = await database.connect();
  const [{ pid } = {}] = (await application.query('SELECT pg_backend_pid() AS pid')).rows;
  const changing = application.query(change);
  // Each of its turns is behind the change from now on.
  const behind = `SELECT FROM pg_stat_activity
    WHERE application_name = 'sluice provision' AND ${pid} = ANY (pg_blocking_pids(pid))`;
  await waitFor(async () => (await database.query(behind)).length > 0, {
    what: 'the change to be first',
  });
  await writer.query('COMMIT');
  await changing;
  await provisioning;
  expect((await capture.inspect(required)).tables).toMatchObject([{ covered: true, problems: [] }]);
  await capture.close();
});

test('16, 21: emptying one partition is a resync, emptying all of them through the table a truncate', async () => {
  const { changesOf, stop } = await partitioned('emptied');
  await changesOf(() => database.query('INSERT INTO emptied VALUES (1, 1), (2, 2)'));
  expect(brief(await changesOf(() => database.query('TRUNCATE emptied_1')))).toEqual(['resync']);
  expect(brief(await changesOf(() => database.query('TRUNCATE emptied_2')))).toEqual(['resync']);
  expect(brief(await changesOf(() => database.query('TRUNCATE emptied')))).toEqual(['truncate']);
  await stop();
});

test('22: children by inheritance are captured under their parent', async () => {
  await database.query(
    'CREATE TABLE heirs (id int PRIMARY KEY, n int); CREATE TABLE heir (more int) INHERITS (heirs)',
  );
  const { changesOf, stop } = await follow(database, requirements(table('heirs', ['id'], ['id'], ['n'])), {
    schema: 'c_heirs',
  });
  expect(brief(await changesOf(() => database.query('INSERT INTO heir VALUES (1, 1, 1)')))).toEqual([
    'insert 1',
  ]);
  expect(brief(await changesOf(() => database.query('UPDATE heirs SET n = 2')))).toEqual(['update 1']);
  expect(brief(await changesOf(() => database.query('TRUNCATE heir')))).toEqual(['resync']);
  await stop();
});

test('statement triggers are refused where they would miss what is written to a partition', async () => {
  await database.query('CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)');
  const { capture } = makeCapture(database, {
    schema: 'c_parts',
    tables: { 'public.parts': { mode: 'statement' } },
  });
  const required = requirements(table('parts', ['id']));
  const [coverage] = (await capture.inspect(required)).tables;
  expect(coverage).toMatchObject({
    covered: false,
    problems: [{ fixable: false, hint: 'Take mode: row for it.' }],
  });
  await expect(capture.provision(required, { signal: never })).rejects.toMatchObject({
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
  });
  await capture.close();
});
