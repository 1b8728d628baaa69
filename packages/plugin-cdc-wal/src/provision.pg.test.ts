import { isSluiceError } from '@sluice/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await database.drop();
});

const identityOf = async (name: string) => {
  const [row] = await database.query<{ identity: string; columns: string | null }>(
    `SELECT c.relreplident AS identity, (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM pg_index i,
       unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attnum = k.attnum
       WHERE i.indrelid = c.oid AND i.indisreplident AND a.attrelid = c.oid) AS columns
     FROM pg_class c WHERE c.oid = $1::regclass`,
    [name],
  );
  return row?.columns == null ? row?.identity : `${row.identity}:${row.columns}`;
};

test('inspect names what is missing without changing anything, provision does it, and a second time there is nothing to do', async () => {
  await database.query(`CREATE TABLE orders (id int PRIMARY KEY);
    CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, body text)`);
  const { capture, slot } = makeCapture(database);
  const required = requirements(table('orders', ['id']), table('items', ['id'], ['order_id'], ['body']));

  const before = await capture.inspect(required);
  expect(before.mechanism).toBe('absent');
  expect(before.problems.map(({ message, fixable }) => [message, fixable])).toEqual([
    ['The publication does not exist.', true],
    [`The slot ${slot} does not exist.`, true],
  ]);
  const items = before.tables[1];
  expect(items?.covered).toBe(false);
  expect(items?.problems[0]?.guarantee).toContain('Deletes from public.items');
  expect(await database.query('SELECT 1 FROM pg_publication')).toEqual([]);

  const report = await capture.provision(required, { signal: never });
  expect(report.created).toBe(true);
  expect(report.added.map(({ name }) => name)).toEqual(['orders', 'items']);
  expect(await identityOf('items')).toBe('i:id,order_id');
  expect(await identityOf('orders')).toBe('d');
  const order = report.statements.map(
    (statement) => /create_logical_replication_slot|CREATE PUB|ADD TABLE|REPLICA|INDEX/.exec(statement)?.[0],
  );
  expect(order.filter((word) => word !== undefined)).toEqual([
    'CREATE PUB',
    'INDEX',
    'INDEX',
    'REPLICA',
    'ADD TABLE',
    'create_logical_replication_slot',
  ]);

  const after = await capture.inspect(required);
  expect(after).toMatchObject({ mechanism: 'ready', problems: [] });
  expect(after.tables.every(({ covered }) => covered)).toBe(true);
  expect(await capture.provision(required, { signal: never })).toEqual({
    created: false,
    added: [],
    statements: [],
  });
  await capture.close();
});

test('deprovision restores identities, drops what provision made, and can be repeated', async () => {
  await database.query(`CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL);
    CREATE TABLE nullable (id int PRIMARY KEY, order_id int);
    CREATE TABLE keyless (a int, b int);
    CREATE TABLE custom (id int PRIMARY KEY, code int NOT NULL UNIQUE, order_id int NOT NULL);
    ALTER TABLE custom REPLICA IDENTITY USING INDEX custom_code_key;
    CREATE TABLE kept (id int PRIMARY KEY, order_id int); ALTER TABLE kept REPLICA IDENTITY FULL`);
  const required = requirements(
    table('items', ['id'], ['order_id']),
    table('nullable', ['id'], ['order_id']),
    table('keyless', [], ['a', 'b']),
    table('custom', ['id'], ['order_id']),
    table('kept', ['id'], ['order_id']),
  );
  const { capture } = makeCapture(database);
  await capture.provision(required, { signal: never });
  expect(await identityOf('nullable')).toBe('f');
  expect(await identityOf('keyless')).toBe('f');
  // Never narrower than before: the code stays logged.
  expect(await identityOf('custom')).toBe('i:id,order_id,code');
  // The application's own statements work on every one of them.
  await database.query('INSERT INTO keyless VALUES (1, 2); UPDATE keyless SET b = 3; DELETE FROM keyless');

  const statements = await capture.deprovision({ signal: never });
  expect(statements[0]).toContain('pg_drop_replication_slot');
  expect(statements[1]).toContain('DROP TABLE');
  expect(await identityOf('items')).toBe('d');
  expect(await identityOf('nullable')).toBe('d');
  expect(await identityOf('keyless')).toBe('d');
  expect(await identityOf('custom')).toBe('i:code');
  expect(await identityOf('kept')).toBe('f');
  const [left] = await database.query(
    `SELECT (SELECT count(*)::int FROM pg_publication) AS publications,
       (SELECT count(*)::int FROM pg_replication_slots WHERE database = current_database()) AS slots,
       (SELECT count(*)::int FROM pg_class WHERE relname LIKE 'sluice%') AS indexes`,
  );
  expect(left).toEqual({ publications: 0, slots: 0, indexes: 0 });
  expect(await capture.deprovision({ signal: never })).toEqual([]);
  await capture.close();
});

test('a crash between any two statements is finished by provision, and undone by deprovision', async () => {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL)');
  const required = requirements(table('items', ['id'], ['order_id']));
  const script = makeCapture(database).capture;
  const statements = (await script.script(required)).sections.flatMap((section) => section.statements);
  await script.close();
  expect(statements.length).toBeGreaterThan(5);
  for (let done = 0; done <= statements.length; done += 1) {
    const client = await database.connect();
    for (const statement of statements.slice(0, done)) await client.query(statement);
    await client.end();
    const { capture } = makeCapture(database);
    await capture.provision(required, { signal: never });
    expect((await capture.inspect(required)).tables[0]?.covered).toBe(true);
    await capture.deprovision({ signal: never });
    expect(await identityOf('items')).toBe('d');
    expect(await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'sluice%'")).toEqual([]);
    await capture.close();
  }
});

test('a role without rights is refused with the SQL for a DBA, who may run the script instead', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY, ref int NOT NULL)');
  const role = await database.createRole();
  const required = requirements(table('orders', ['id'], ['ref']));
  const { capture } = makeCapture(database, {}, role.url);
  const failure: unknown = await capture
    .provision(required, { signal: never })
    .catch((error: unknown) => error);
  expect(isSluiceError(failure, 'SLUICE_CAPTURE_NOT_PROVISIONED')).toBe(true);
  const hint = isSluiceError(failure) ? (failure.hint ?? '') : '';
  for (const sql of [
    `ALTER ROLE "${role.name}" REPLICATION`,
    'REPLICA IDENTITY USING INDEX',
    'ADD TABLE',
    'CREATE PUBLICATION',
  ]) {
    expect(hint).toContain(sql);
  }

  const script = await capture.script(required);
  for (const statement of script.sections.flatMap((section) => section.statements)) {
    // BEGIN and COMMIT of the script need one session.
    if (statement !== 'BEGIN' && statement !== 'COMMIT') await database.query(statement);
  }
  expect(await capture.inspect(required)).toMatchObject({ mechanism: 'ready', problems: [] });
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO orders VALUES (1, 2); UPDATE orders SET ref = 3');
  await consumer.until('both changes', (changes) => changes.length === 2);
  expect(consumer.changes[1]).toMatchObject({ before: { id: '1', ref: '2' }, after: { id: '1', ref: '3' } });
  await consumer.stop();
  await capture.close();
});

test('a wal-less table, a missing table and a generated link are problems that nobody can mend from here', async () => {
  await database.query(`CREATE UNLOGGED TABLE volatile (id int PRIMARY KEY);
    CREATE TABLE computed (id int PRIMARY KEY, ref int GENERATED ALWAYS AS (id * 2) STORED)`);
  const { capture } = makeCapture(database);
  const required = requirements(
    table('volatile', ['id']),
    table('gone', ['id']),
    table('computed', ['id'], ['ref']),
  );
  const { tables } = await capture.inspect(required);
  expect(tables[0]?.problems[0]).toMatchObject({
    fixable: false,
    sql: ['ALTER TABLE "public"."volatile" SET LOGGED'],
  });
  expect(tables[1]?.problems[0]).toMatchObject({ code: 'SLUICE_SCHEMA_CATALOG', fixable: false });
  const [server] = await database.query<{ v: number }>(
    "SELECT current_setting('server_version_num')::int AS v",
  );
  // From PostgreSQL 18 on stored generated columns can be published: FULL holds them then.
  expect(tables[2]?.problems[0]?.fixable).toBe((server?.v ?? 0) >= 180_000);
  await capture.close();
});

test('a table accepted by name is covered without its links, yet never without any identity', async () => {
  await database.query(
    `CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL); CREATE TABLE keyless (a int)`,
  );
  const { capture } = makeCapture(database, { accept_loss: ['public.items', 'public.keyless'] });
  const required = requirements(table('items', ['id'], ['order_id']), table('keyless', [], ['a']));
  await capture.provision(required, { signal: never });
  expect(await identityOf('items')).toBe('d');
  expect(await identityOf('keyless')).toBe('f');
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO items VALUES (1, 5); DELETE FROM items');
  await consumer.until('both', (changes) => changes.length === 2);
  expect(consumer.changes[1]).toEqual({
    table: { schema: 'public', name: 'items' },
    operation: 'delete',
    before: { id: '1' },
    lossAccepted: true,
  });
  await consumer.stop();
  await capture.close();
});

test('creating the slot says which session it waits for', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const writer = await database.connect(`${database.url}?application_name=nightly`);
  await writer.query('BEGIN; INSERT INTO orders VALUES (1)');
  const { capture } = makeCapture(database);
  const waits: string[] = [];
  const provisioning = capture.provision(requirements(table('orders', ['id'])), {
    signal: never,
    onWait: (message) => waits.push(message),
  });
  // A slot waits for the transactions of every database: of other tests, too.
  const nightly =
    /^To create the replication slot, Sluice waits for session \d+ \(nightly, .* in a transaction since \d{4}-/;
  await waitFor(() => waits.some((message) => nightly.test(message)), { what: 'to be told' });
  await writer.query('COMMIT');
  expect((await provisioning).created).toBe(true);
  await capture.close();
});

test('provisioning that waits ends when its signal aborts, and leaves no slot', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO orders VALUES (1)');
  const { capture, slot } = makeCapture(database);
  const abort = new AbortController();
  const provisioning = capture.provision(requirements(table('orders', ['id'])), {
    signal: abort.signal,
    onWait: () => abort.abort(),
  });
  await expect(provisioning).rejects.toThrow('aborted');
  await waitFor(
    async () =>
      (await database.query('SELECT 1 FROM pg_replication_slots WHERE slot_name = $1', [slot])).length === 0,
    { what: 'no slot' },
  );
  await writer.query('COMMIT');
  await capture.close();
});

test('a table that joins while a transaction is open is settled only when that transaction ends', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE late (id int PRIMARY KEY)');
  const { capture } = makeCapture(database);
  await capture.provision(requirements(table('orders', ['id'])), { signal: never });
  await capture.settled({ signal: never });
  const writer = await database.connect(`${database.url}?application_name=importer`);
  await writer.query('BEGIN; INSERT INTO late VALUES (1)');
  const both = requirements(table('orders', ['id']), table('late', ['id']));
  const report = await capture.provision(both, { signal: never });
  expect(report).toMatchObject({ created: false, added: [{ schema: 'public', name: 'late' }] });
  await capture.close();

  // The process died in between: the next one still knows, and still has to scan the table.
  const next = makeCapture(database).capture;
  expect((await next.provision(both, { signal: never })).added).toEqual([{ schema: 'public', name: 'late' }]);
  const waits: string[] = [];
  let settled = false;
  const settling = next.settled({ signal: never, onWait: (message) => waits.push(message) }).then(() => {
    settled = true;
  });
  await waitFor(() => waits.length > 0, { what: 'to be told' });
  expect(waits[0]).toContain('(importer)'.slice(0, -1));
  expect(settled).toBe(false);
  await writer.query('COMMIT');
  await settling;
  expect(await database.query('TABLE late')).toEqual([{ id: 1 }]);
  expect((await next.provision(both, { signal: never })).added).toEqual([]);
  await next.close();
});

test('two processes that provision at once both succeed', async () => {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL)');
  const required = requirements(table('items', ['id'], ['order_id']));
  const captures = [makeCapture(database).capture, makeCapture(database).capture];
  const reports = await Promise.all(
    captures.map((capture) => capture.provision(required, { signal: never })),
  );
  expect(reports.some(({ created }) => created)).toBe(true);
  expect((await captures[0]?.inspect(required))?.mechanism).toBe('ready');
  await Promise.all(captures.map((capture) => capture.close()));
});

test('a role that owns a table and may not create an index beside it is told so beforehand', async () => {
  const role = await database.createRole('REPLICATION');
  await database.query(`
    CREATE SCHEMA "Shop";
    CREATE TABLE "Shop".items (id int PRIMARY KEY, order_id int NOT NULL);
    ALTER TABLE "Shop".items OWNER TO ${role.name};
    GRANT USAGE ON SCHEMA "Shop" TO ${role.name};
    GRANT CREATE ON DATABASE ${database.name} TO ${role.name}`);
  const { capture } = makeCapture(database, {}, role.url);
  const items = table('items', ['id'], ['order_id']);
  const required = requirements({ ...items, table: { schema: 'Shop', name: 'items' } });

  const [problem] = (await capture.inspect(required)).tables[0]?.problems ?? [];
  expect(problem).toMatchObject({
    fixable: false,
    hint: 'The role may not create an index in the schema Shop.',
  });

  await database.query(`GRANT CREATE ON SCHEMA "Shop" TO ${role.name}`);
  expect((await capture.inspect(required)).tables[0]?.problems[0]?.fixable).toBe(true);
  await capture.provision(required, { signal: never });
  expect((await capture.inspect(required)).tables[0]?.covered).toBe(true);
  await capture.close();
});

test('a role that may only replicate makes the slot that failed in the script of an owner who may not', async () => {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const role = await database.createRole('REPLICATION');
  const { capture } = makeCapture(database, {}, role.url);
  const required = requirements(table('orders', ['id']));
  for (const { statements } of (await capture.script(required)).sections) {
    for (const statement of statements) {
      if (!statement.includes('create_logical_replication_slot')) await database.query(statement);
    }
  }
  const report = await capture.provision(required, { signal: never });
  expect(report.created).toBe(true);
  expect(await capture.inspect(required)).toMatchObject({ mechanism: 'ready', problems: [] });
  await capture.close();
});
