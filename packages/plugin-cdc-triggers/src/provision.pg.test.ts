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

async function required(name: string, watched: string[] = ['n']) {
  await database.query(`CREATE TABLE IF NOT EXISTS ${name} (id int PRIMARY KEY, n int, body text)`);
  return requirements(table(name, ['id'], ['id'], watched));
}

test('before it is provisioned, what is missing is told with the SQL that makes it', async () => {
  const needs = await required('fresh');
  const { capture } = makeCapture(database, { schema: 'c_fresh' });
  const report = await capture.inspect(needs);
  expect(report.mechanism).toBe('absent');
  expect(report.tables).toMatchObject([{ covered: false, problems: [{ fixable: true }] }]);
  const script = await capture.script(needs);
  expect(script.sections.map(({ title }) => title)).toEqual(['Outbox', 'Functions and triggers']);
  // The script alone makes it, run by hand.
  for (const { statements } of script.sections) await database.query(`${statements.join(';\n')};`);
  const made = await capture.inspect(needs);
  expect(made).toMatchObject({ mechanism: 'ready', problems: [], tables: [{ covered: true, problems: [] }] });
  await capture.close();
});

test('56: a second time nothing runs, and no lock is asked for', async () => {
  const needs = await required('twice');
  const { capture } = makeCapture(database, { schema: 'c_twice' });
  const first = await capture.provision(needs, { signal: never });
  expect(first.created).toBe(true);
  expect(first.added).toEqual([{ schema: 'public', name: 'twice' }]);
  expect(await capture.provision(needs, { signal: never })).toEqual({
    created: false,
    added: [],
    statements: [],
  });
  await capture.close();
});

test('56: two processes that provision at once both succeed', async () => {
  const needs = await required('at_once');
  const captures = Array.from({ length: 3 }, () => makeCapture(database, { schema: 'c_at_once' }).capture);
  await Promise.all(captures.map((capture) => capture.provision(needs, { signal: never })));
  const [one] = captures;
  expect((await one?.inspect(needs))?.tables).toMatchObject([{ covered: true }]);
  await Promise.all(captures.map((capture) => capture.close()));
});

test('54: behind an open writer it waits in short turns, says for whom, and keeps no other writer', async () => {
  const needs = await required('busy');
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO busy VALUES (1)');
  const { capture } = makeCapture(database, { schema: 'c_busy' });
  const waits: string[] = [];
  const provisioning = capture.provision(needs, { signal: never, onWait: (message) => waits.push(message) });
  await waitFor(() => waits.length > 0, { what: 'a word about the wait' });
  expect(waits[0]).toContain('To create triggers on public.busy, Sluice waits for session');
  // Behind a lock that waits for the open writer it would never come back.
  await database.query('INSERT INTO busy VALUES (2)');
  await writer.query('COMMIT');
  await provisioning;
  await capture.close();
});

test('55: a transaction that began before the triggers were made and writes after is captured', async () => {
  const needs = await required('earlier');
  const client = await database.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
  const { changesOf, stop } = await follow(database, needs, { schema: 'c_earlier' });
  expect(brief(await changesOf(() => client.query('INSERT INTO earlier VALUES (1); COMMIT')))).toEqual([
    'insert 1',
  ]);
  await stop();
});

test('57: a function that has to report more is replaced without a lock; settled waits for who may run the former', async () => {
  const needs = await required('more');
  const { capture, stop } = await follow(database, needs, { schema: 'c_more' });
  const writer = await database.connect();
  await writer.query("BEGIN; INSERT INTO more VALUES (1, 1, 'a')");
  const wider = await required('more', ['n', 'body']);
  expect((await capture.inspect(wider)).tables).toMatchObject([
    { covered: false, problems: [{ fixable: true }] },
  ]);
  const report = await capture.provision(wider, { signal: never });
  expect(report.statements.filter((statement) => / TRIGGER /.test(statement.split('\n')[0] ?? ''))).toEqual(
    [],
  );
  expect(report.added).toEqual([{ schema: 'public', name: 'more' }]);
  const waits: string[] = [];
  let settled = false;
  const settling = capture.settled({ signal: never, onWait: (message) => waits.push(message) }).then(() => {
    settled = true;
  });
  await waitFor(() => waits.length > 0, { what: 'a word about the wait' });
  expect(settled).toBe(false);
  await writer.query('COMMIT');
  await settling;
  await stop();
});

test('rows that wait in the outbox keep their meaning when other columns are reported from now on', async () => {
  const needs = await required('layouts');
  const { capture } = makeCapture(database, { schema: 'c_layouts' });
  await capture.provision(needs, { signal: never });
  await database.query("INSERT INTO layouts VALUES (1, 5, 'a')");
  const wider = requirements(table('layouts', ['id'], ['id', 'body'], ['n']));
  await capture.provision(wider, { signal: never });
  await database.query("INSERT INTO layouts VALUES (2, 5, 'b')");
  const consumer = new Consumer(capture, wider);
  await consumer.caughtUp();
  expect(consumer.changes.map(({ after }) => after)).toEqual([{ id: '1' }, { id: '2', body: 'b' }]);
  await consumer.stop();
  await capture.close();
});

test('25: triggers that were disabled for a while are mended, and lead to a resync', async () => {
  const needs = await required('disabled');
  const { capture, consumer, stop } = await follow(database, needs, {
    schema: 'c_disabled',
    watch_interval: '100ms',
  });
  await database.query('ALTER TABLE disabled DISABLE TRIGGER ALL');
  expect((await capture.inspect(needs)).tables[0]).toMatchObject({ covered: false });
  await database.query('INSERT INTO disabled VALUES (1)');
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await database.query('INSERT INTO disabled VALUES (2)');
  await consumer.until('the row', (changes) => brief(changes).includes('insert 2'));
  await stop();
});

test('25: ENABLE TRIGGER ALL leaves triggers that replication does not fire: mended, with a resync of what they missed', async () => {
  const needs = await required('enabled');
  const { capture } = makeCapture(database, { schema: 'c_enabled' });
  await capture.provision(needs, { signal: never });
  await database.query(
    'ALTER TABLE enabled DISABLE TRIGGER ALL; INSERT INTO enabled VALUES (1); ALTER TABLE enabled ENABLE TRIGGER ALL',
  );
  await capture.provision(needs, { signal: never });
  const firing = await database.query(
    "SELECT DISTINCT tgenabled AS f FROM pg_trigger WHERE tgrelid = 'enabled'::regclass",
  );
  expect(firing).toEqual([{ f: 'A' }]);
  const consumer = new Consumer(capture, needs);
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['resync']);
  await consumer.stop();
  await capture.close();
});

test('a trigger that was dropped while nobody read is made again, with a resync in the same transaction', async () => {
  const needs = await required('undone');
  const { capture } = makeCapture(database, { schema: 'c_undone' });
  await capture.provision(needs, { signal: never });
  await database.query('DROP TRIGGER c_undone_row ON undone; INSERT INTO undone VALUES (1)');
  const report = await capture.inspect(needs);
  expect(report.tables[0]?.problems[0]?.message).toContain('the row trigger of public.undone is missing');
  await capture.provision(needs, { signal: never });
  const consumer = new Consumer(capture, needs);
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['resync']);
  await consumer.stop();
  await capture.close();
});

test('a function that somebody silenced is put right, with a resync', async () => {
  const needs = await required('silenced');
  const { consumer, stop } = await follow(database, needs, { schema: 'c_silenced', watch_interval: '100ms' });
  await database.query(
    'CREATE OR REPLACE FUNCTION c_silenced.cap_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN NULL; END $$',
  );
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await database.query('INSERT INTO silenced VALUES (1)');
  const changes = await consumer.until('the row', (all) => brief(all).includes('insert 1'));
  expect(brief(changes)).toEqual(['resync', 'insert 1']);
  await stop();
});

test('what was written while a function was silent, and is committed after it was put right, is resynced', async () => {
  const needs = await required('muted');
  const { consumer, stop } = await follow(database, needs, { schema: 'c_muted', watch_interval: '100ms' });
  const writer = await database.connect();
  await writer.query('BEGIN');
  await database.query(
    'CREATE OR REPLACE FUNCTION c_muted.cap_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN NULL; END $$',
  );
  await writer.query('INSERT INTO muted VALUES (1)');
  await waitFor(
    async () =>
      (await database.query("SELECT FROM pg_proc WHERE oid = 'c_muted.cap_1'::regproc AND prosrc ~ 'outbox'"))
        .length > 0,
    { what: 'the function to be put right' },
  );
  await consumer.caughtUp();
  const before = consumer.changes.length;
  await writer.query('COMMIT');
  const changes = await consumer.until('something about what was committed', (all) => all.length > before);
  expect(changes.slice(before)).toMatchObject([{ operation: 'resync', table: { name: 'muted' } }]);
  await stop();
});

test('a table that was dropped and made anew is captured again, with a resync', async () => {
  const needs = await required('anew');
  const { consumer, stop } = await follow(database, needs, { schema: 'c_anew', watch_interval: '100ms' });
  await database.query(
    'DROP TABLE anew; CREATE TABLE anew (id int PRIMARY KEY, n int, body text); INSERT INTO anew VALUES (1)',
  );
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await database.query('INSERT INTO anew VALUES (2)');
  const changes = await consumer.until('the row', (all) => brief(all).includes('insert 2'));
  expect(brief(changes)).toEqual(['resync', 'insert 2']);
  await stop();
});

test('27: a virtual generated column is followed by what it is made of, and refused as a link', async () => {
  const [{ version } = { version: 0 }] = await database.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  const kind = version >= 180_000 ? 'VIRTUAL' : 'STORED';
  await database.query(
    `CREATE TABLE made (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) ${kind})`,
  );
  const { changesOf, stop } = await follow(database, requirements(table('made', ['id'], ['id'], ['twice'])), {
    schema: 'c_made',
  });
  await changesOf(() => database.query('INSERT INTO made VALUES (1, 1)'));
  expect(brief(await changesOf(() => database.query('UPDATE made SET n = 2')))).toEqual(['update 1']);
  await stop();
  const { capture } = makeCapture(database, { schema: 'c_made2' });
  const [coverage] = (await capture.inspect(requirements(table('made', ['id'], ['id', 'twice'])))).tables;
  expect(coverage?.problems.map(({ fixable }) => fixable)).toEqual([kind === 'STORED']);
  await capture.close();
});

test('views, missing tables and unlogged tables are refused with the reason', async () => {
  await database.query(
    'CREATE TABLE base (id int PRIMARY KEY); CREATE VIEW seen AS SELECT * FROM base; CREATE UNLOGGED TABLE light (id int PRIMARY KEY)',
  );
  const { capture } = makeCapture(database, { schema: 'c_refused' });
  const report = await capture.inspect(
    requirements(table('seen', ['id']), table('missing', ['id']), table('light', ['id'])),
  );
  expect(report.tables.map(({ problems }) => problems[0]?.code)).toEqual([
    'SLUICE_SCHEMA_CATALOG',
    'SLUICE_SCHEMA_CATALOG',
    'SLUICE_CAPTURE_NOT_PROVISIONED',
  ]);
  expect(report.tables.flatMap(({ problems }) => problems).some(({ fixable }) => fixable)).toBe(false);
  await capture.close();
});

test('a column that comes back after it was gone is watched again, and its table is resynced', async () => {
  const needs = await required('back', ['n', 'body']);
  const { consumer, changesOf, stop } = await follow(database, needs, {
    schema: 'c_back',
    watch_interval: '100ms',
  });
  await changesOf(() => database.query("INSERT INTO back VALUES (1, 1, 'a')"));
  await database.query("ALTER TABLE back RENAME COLUMN body TO away; UPDATE back SET away = 'b'");
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await waitFor(
    async () =>
      (
        await database.query(
          "SELECT FROM c_back.source WHERE NOT 'body' = ANY (watched) AND state = 'active'",
        )
      ).length > 0,
    { what: 'the function to go on without the column' },
  );
  await consumer.caughtUp();
  const before = consumer.changes.length;
  await database.query("UPDATE back SET away = 'unseen'; ALTER TABLE back RENAME COLUMN away TO body");
  await consumer.until('another resync', (changes) =>
    changes.slice(before).some(({ operation }) => operation === 'resync'),
  );
  expect(brief(await changesOf(() => database.query("UPDATE back SET body = 'c'")))).toContain('update 1');
  await stop();
});

test('a table that joins an outbox which exists counts as added until a scan of it may begin', async () => {
  const first = await required('joined_first');
  const second = await required('joined_second');
  const both = { tables: [...first.tables, ...second.tables] };
  const { capture } = makeCapture(database, { schema: 'c_joined' });
  await capture.provision(first, { signal: never });
  const joined = [{ schema: 'public', name: 'joined_second' }];
  expect((await capture.provision(both, { signal: never })).added).toEqual(joined);
  // As after a crash before anybody put it on record.
  expect((await capture.provision(both, { signal: never })).added).toEqual(joined);
  await capture.settled({ signal: never });
  expect((await capture.provision(both, { signal: never })).added).toEqual([]);
  await capture.close();
});

test('a table that goes over to statement triggers, and back, is captured by one kind at a time', async () => {
  const needs = await required('kinds');
  for (const [mode, expected] of [
    ['row', ['c_kinds_row', 'c_kinds_trunc']],
    ['statement', ['c_kinds_del', 'c_kinds_ins', 'c_kinds_trunc', 'c_kinds_upd']],
    ['row', ['c_kinds_row', 'c_kinds_trunc']],
  ] as const) {
    const { changesOf, stop } = await follow(database, needs, {
      schema: 'c_kinds',
      tables: { 'public.kinds': { mode } },
    });
    const triggers = await database.query<{ name: string }>(
      `SELECT tgname AS name FROM pg_trigger WHERE tgrelid = 'kinds'::regclass AND tgenabled = 'A' ORDER BY 1`,
    );
    expect(triggers.map(({ name }) => name)).toEqual(expected);
    const changes = await changesOf(() =>
      database.query('INSERT INTO kinds VALUES (1, 1); DELETE FROM kinds'),
    );
    expect(brief(changes)).toEqual(['insert 1', 'delete 1']);
    await stop();
  }
});

test('57: a function that is made otherwise is replaced beside an open writer, and nothing is resynced', async () => {
  const needs = await required('upgraded');
  const former = makeCapture(database, { schema: 'c_upgraded', wake: 'off' }).capture;
  await former.provision(needs, { signal: never });
  await former.close();
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO upgraded VALUES (1)');
  const { capture } = makeCapture(database, { schema: 'c_upgraded', wake: 'on' });
  expect((await capture.inspect(needs)).tables).toMatchObject([{ covered: true }]);
  const report = await capture.provision(needs, { signal: never });
  expect(report).toMatchObject({ created: false, added: [] });
  expect(report.statements.join()).toContain('pg_notify');
  await writer.query('INSERT INTO upgraded VALUES (2); COMMIT');
  const consumer = new Consumer(capture, needs);
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1', 'insert 2']);
  await consumer.stop();
  await capture.close();
});

test('a table that somebody keeps locked does not keep another one from being mended', async () => {
  const one = await required('locked');
  const other = await required('mendable');
  const needs = { tables: [...one.tables, ...other.tables] };
  const { capture, log } = makeCapture(database, { schema: 'c_locked' });
  await capture.provision(needs, { signal: never });
  await database.query(`DROP TRIGGER c_locked_trunc ON locked; DROP TRIGGER c_locked_trunc ON mendable`);
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO locked VALUES (1)');
  const consumer = new Consumer(capture, needs);
  const changes = await consumer.until('a resync', (all) => brief(all).includes('resync'));
  expect(changes.filter(({ operation }) => operation === 'resync')).toMatchObject([
    { table: { name: 'mendable' } },
  ]);
  expect(log.find(({ message }) => message === 'repair failed')?.fields).toMatchObject({
    what: 'create triggers on public.locked',
  });
  await writer.query('COMMIT');
  await consumer.stop();
  await capture.close();
});
