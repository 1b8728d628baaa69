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

test('60: with the TRIGGER privilege alone it works, and says what only the owner can do', async () => {
  const needs = await required('borrowed');
  const role = await database.createRole();
  const { capture } = makeCapture(database, { schema: 'c_borrowed' }, role.url);
  const before = await capture.inspect(needs);
  expect(before.problems[0]).toMatchObject({
    fixable: false,
    sql: [`CREATE SCHEMA "c_borrowed" AUTHORIZATION "${role.name}"`],
  });
  expect(before.tables[0]?.problems[0]).toMatchObject({
    fixable: false,
    sql: [`GRANT TRIGGER ON "public"."borrowed" TO "${role.name}"`],
  });
  await expect(capture.provision(needs, { signal: never })).rejects.toMatchObject({
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
  });
  const administrator = (await capture.script(needs)).sections[0];
  expect(administrator?.title).toContain('Administrator');
  await database.query(`${administrator?.statements.join(';')};`);

  await capture.provision(needs, { signal: never });
  const after = await capture.inspect(needs);
  expect(after.tables[0]).toMatchObject({ covered: true, problems: [{ fixable: false }] });
  const owner = (await capture.script(needs)).sections.find(({ title }) => title.startsWith('Owner'));
  const consumer = new Consumer(capture, needs);
  await database.query('INSERT INTO borrowed VALUES (1)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1']);
  await database.query(`${owner?.statements.join(';')};`);
  expect((await capture.inspect(needs)).tables[0]).toMatchObject({ covered: true, problems: [] });
  consumer.acknowledgeAll();
  await consumer.stop();

  // 58: it may also take all of it away again, without owning the table.
  await capture.deprovision({ signal: never });
  await database.query('INSERT INTO borrowed VALUES (2)');
  expect(await database.query("SELECT FROM pg_trigger WHERE tgrelid = 'borrowed'::regclass")).toEqual([]);
  await capture.close();
  await database.query('DROP SCHEMA IF EXISTS c_borrowed');
});

test.each([
  ['before it was made to fire always', ''],
  ['after it was made to fire always', 'ENABLE ALWAYS'],
])('a trigger that its owner disabled for a while, %s, leads to a resync', async (_when, always) => {
  const name = always === '' ? 'paused' : 'paused_always';
  const needs = await required(name);
  const role = await database.createRole();
  const schema = `c_${name}`;
  await database.query(
    `CREATE SCHEMA ${schema} AUTHORIZATION ${role.name}; GRANT TRIGGER ON ${name} TO ${role.name}`,
  );
  const { capture } = makeCapture(database, { schema }, role.url);
  await capture.provision(needs, { signal: never });
  const switchTo = (firing: string) =>
    database.query(
      ['row', 'trunc'].map((part) => `ALTER TABLE ${name} ${firing} TRIGGER ${schema}_${part}`).join(';'),
    );
  if (always !== '') await switchTo(always);
  await capture.provision(needs, { signal: never });
  expect((await capture.provision(needs, { signal: never })).statements).toEqual([]);
  await switchTo('DISABLE');
  await database.query(`INSERT INTO ${name} VALUES (1)`);
  await switchTo(always === '' ? 'ENABLE' : always);
  const consumer = new Consumer(capture, needs);
  await consumer.until('a resync', (changes) => changes.some(({ operation }) => operation === 'resync'));
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['resync']);
  await consumer.stop();
  expect((await capture.provision(needs, { signal: never })).statements).toEqual([]);
  await capture.close();
});

test('removal is refused while another process reads', async () => {
  const needs = await required('read');
  const { stop } = await follow(database, needs, { schema: 'c_read', lease: '1s' });
  const other = makeCapture(database, { schema: 'c_read', lease: '1s' }).capture;
  expect((await other.inspect(needs)).heldBy).toContain(`process ${process.pid} on `);
  await expect(other.deprovision({ signal: never })).rejects.toMatchObject({ code: 'SLUICE_CAPTURE_IN_USE' });
  await stop();
  expect((await other.inspect(needs)).heldBy).toBeUndefined();
  expect(await other.deprovision({ signal: never })).not.toEqual([]);
  await other.close();
});

test('the whole script, run by a superuser, leaves nothing for a role that may only read to ask for', async () => {
  const needs = await required('scripted');
  const role = await database.createRole();
  await database.query(`GRANT SELECT ON scripted TO ${role.name}`);
  const { capture } = makeCapture(database, { schema: 'c_scripted' }, role.url);
  const administrator = await database.connect();
  for (const { statements } of (await capture.script(needs)).sections) {
    await administrator.query(`${statements.join(';\n')};`);
  }
  expect(await capture.script(needs)).toEqual({ sections: [] });
  expect(await capture.inspect(needs)).toMatchObject({
    mechanism: 'ready',
    problems: [],
    tables: [{ covered: true, problems: [] }],
  });
  const [owner] = await database.query<{ name: string }>(
    "SELECT pg_get_userbyid(proowner) AS name FROM pg_proc WHERE proname = 'cap_1' AND pronamespace = 'c_scripted'::regnamespace",
  );
  expect(owner?.name).toBe(role.name);
  const consumer = new Consumer(capture, needs);
  await database.query('INSERT INTO scripted VALUES (1)');
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toEqual(['insert 1']);
  consumer.acknowledgeAll();
  await consumer.stop();

  expect((await capture.inspect(needs)).notices).toEqual([]);
  await database.query(`ALTER TABLE c_scripted.outbox OWNER TO CURRENT_USER;
    GRANT SELECT, INSERT, DELETE ON c_scripted.outbox TO ${role.name};
    GRANT SELECT ON SEQUENCE c_scripted.outbox_id_seq TO ${role.name}`);
  expect(await capture.inspect(needs)).toMatchObject({
    problems: [],
    notices: [{ message: expect.stringContaining('belongs to another role') }],
  });
  await database.query(`ALTER TABLE c_scripted.outbox OWNER TO ${role.name}`);
  await capture.deprovision({ signal: never });
  await capture.close();
  await database.query('DROP SCHEMA IF EXISTS c_scripted');
});

test('of a role that lost a right on the outbox only that right is asked for', async () => {
  const needs = await required('revoked');
  const role = await database.createRole();
  await database.query(
    `GRANT TRIGGER ON revoked TO ${role.name}; CREATE SCHEMA c_revoked AUTHORIZATION ${role.name}`,
  );
  const { capture } = makeCapture(database, { schema: 'c_revoked' }, role.url);
  await capture.provision(needs, { signal: never });
  await database.query(`REVOKE INSERT ON c_revoked.outbox FROM ${role.name}`);
  const report = await capture.inspect(needs);
  expect(report).toMatchObject({
    problems: [{ message: expect.stringContaining('outbox: INSERT') }],
    tables: [],
  });
  const { sections } = await capture.script(needs);
  expect(sections.map(({ title }) => title)).toEqual([expect.stringContaining('Administrator')]);
  for (const statement of sections[0]?.statements ?? []) await database.query(statement);
  expect(await capture.inspect(needs)).toMatchObject({ problems: [], tables: [{ covered: true }] });
  await capture.deprovision({ signal: never });
  await capture.close();
  await database.query('DROP SCHEMA IF EXISTS c_revoked');
});

test('a DBA who is no superuser is told what lets him run the script, and of partitions that come', async () => {
  const owner = await database.createRole();
  const role = await database.createRole();
  await database.query(`CREATE SCHEMA lent AUTHORIZATION ${owner.name};
    GRANT CREATE ON DATABASE ${database.name} TO ${owner.name}`);
  const dba = await database.connect(owner.url);
  await dba.query(`CREATE TABLE lent.logs (id int, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
    CREATE TABLE lent.logs_1 PARTITION OF lent.logs FOR VALUES IN (1);
    GRANT USAGE ON SCHEMA lent TO ${role.name}; GRANT SELECT ON ALL TABLES IN SCHEMA lent TO ${role.name}`);
  const needs = requirements(table('lent.logs', ['id', 'part']));
  const { capture } = makeCapture(database, { schema: 'c_lent' }, role.url);
  const hint = (await capture.inspect(needs)).tables[0]?.problems[0]?.hint ?? '';
  const lasting = /ALTER DEFAULT PRIVILEGES .*;/.exec(hint)?.[0] ?? '';
  const { sections } = await capture.script(needs);
  const first = /GRANT \S+ TO CURRENT_USER/.exec(sections[0]?.title ?? '')?.[0] ?? '';
  // What lets him: CREATEROLE gives it to whoever made the role, a superuser to anybody.
  await database.query(first.replace('CURRENT_USER', owner.name));
  for (const { statements } of sections) await dba.query(`${statements.join(';\n')};`);
  expect(await capture.inspect(needs)).toMatchObject({
    problems: [],
    tables: [{ covered: true, problems: [] }],
  });

  await dba.query(`${lasting} CREATE TABLE lent.logs_2 PARTITION OF lent.logs FOR VALUES IN (2)`);
  await capture.provision(needs, { signal: never });
  expect((await capture.inspect(needs)).tables[0]?.covered).toBe(true);
  await capture.deprovision({ signal: never });
  await capture.close();
});

test('what only an owner can do is not asked for triggers that are refused', async () => {
  await database.query('CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY LIST (id)');
  const role = await database.createRole();
  const needs = requirements(table('parted', ['id']));
  const { capture } = makeCapture(database, { schema: 'c_parted', mode: 'statement' }, role.url);
  const titles = (await capture.script(needs)).sections.map(({ title }) => title);
  expect(titles.filter((title) => title.startsWith('Owner'))).toEqual([]);
  await capture.close();
});

test('who owns a partitioned table, and not the capture, goes on making and attaching partitions', async () => {
  const owner = await database.createRole();
  const role = await database.createRole();
  await database.query(`CREATE SCHEMA leased AUTHORIZATION ${owner.name};
    CREATE SCHEMA c_leased AUTHORIZATION ${role.name};
    GRANT USAGE ON SCHEMA leased TO ${role.name}`);
  const application = await database.connect(owner.url);
  await application.query(`
    CREATE TABLE leased.logs (id int, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
    CREATE TABLE leased.logs_1 PARTITION OF leased.logs FOR VALUES IN (1);
    GRANT SELECT, TRIGGER ON leased.logs, leased.logs_1 TO ${role.name};
    ALTER DEFAULT PRIVILEGES IN SCHEMA leased GRANT TRIGGER ON TABLES TO ${role.name}`);
  const needs = requirements(table('leased.logs', ['id', 'part']));
  const { capture } = makeCapture(database, { schema: 'c_leased', watch_interval: '100ms' }, role.url);
  await capture.provision(needs, { signal: never });
  const consumer = new Consumer(capture, needs);
  await consumer.caughtUp();
  await application.query(`
    CREATE TABLE leased.logs_2 PARTITION OF leased.logs FOR VALUES IN (2);
    CREATE TABLE leased.logs_3 (LIKE leased.logs);
    ALTER TABLE leased.logs ATTACH PARTITION leased.logs_3 FOR VALUES IN (3);
    INSERT INTO leased.logs VALUES (1, 1), (2, 2), (3, 3)`);
  const changes = await consumer.until('the rows', (all) => brief(all).includes('insert 3'));
  expect(brief(changes)).toEqual(expect.arrayContaining(['insert 1', 'insert 2', 'insert 3']));
  await waitFor(async () => (await capture.inspect(needs)).tables[0]?.covered === true, {
    what: 'the new partitions to have TRUNCATE triggers',
  });

  // Somebody else becomes the owner.
  const heir = await database.createRole();
  await database.query(
    `ALTER SCHEMA leased OWNER TO ${heir.name}; ALTER TABLE leased.logs OWNER TO ${heir.name}`,
  );
  const heirs = await database.connect(heir.url);
  await waitFor(
    () =>
      heirs.query('CREATE TABLE leased.logs_4 PARTITION OF leased.logs FOR VALUES IN (4)').then(
        () => true,
        () => false,
      ),
    { what: 'the new owner to make a partition' },
  );
  await consumer.stop();
  await capture.deprovision({ signal: never });
  await capture.close();
});
