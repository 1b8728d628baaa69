import type { Change } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

/** What a capture of these tables says of these statements. */
async function changesOf(
  required: ReturnType<typeof requirements>,
  statements: string,
): Promise<Omit<Change, 'table'>[]> {
  const { capture } = makeCapture(database);
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  await database.query(statements);
  await consumer.caughtUp();
  await consumer.stop();
  await capture.close();
  return consumer.changes.map(({ operation, before, after }) => ({
    operation,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }));
}

test('a moved and a deleted child name their parents before and after, with an index as identity', async () => {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL, body text)');
  const changes = await changesOf(
    requirements(table('items', ['id'], ['order_id'], ['body'])),
    "INSERT INTO items VALUES (1, 10, 'a'); UPDATE items SET body = 'b'; UPDATE items SET order_id = 20; DELETE FROM items",
  );
  expect(changes).toEqual([
    { operation: 'insert', after: { id: '1', order_id: '10' } },
    { operation: 'update', after: { id: '1', order_id: '10' } },
    { operation: 'update', before: { id: '1', order_id: '10' }, after: { id: '1', order_id: '20' } },
    { operation: 'delete', before: { id: '1', order_id: '20' } },
  ]);
});

test('under FULL a NULL link is NULL, and an update of columns that nobody reads is no change', async () => {
  await database.query('CREATE TABLE notes (id int PRIMARY KEY, order_id int, body text, noise text)');
  const changes = await changesOf(
    requirements(table('notes', ['id'], ['order_id'], ['body'])),
    `INSERT INTO notes VALUES (1, NULL, 'a', 'x'); UPDATE notes SET noise = 'y'; UPDATE notes SET body = NULL;
     UPDATE notes SET order_id = 20; UPDATE notes SET order_id = NULL; DELETE FROM notes`,
  );
  expect(changes).toEqual([
    { operation: 'insert', after: { id: '1', order_id: null } },
    { operation: 'update', before: { id: '1', order_id: null }, after: { id: '1', order_id: null } },
    { operation: 'update', before: { id: '1', order_id: null }, after: { id: '1', order_id: '20' } },
    { operation: 'update', before: { id: '1', order_id: '20' }, after: { id: '1', order_id: null } },
    { operation: 'delete', before: { id: '1', order_id: null } },
  ]);
});

test('a changed key gives both keys, and columns outside the identity are absent, never NULL', async () => {
  await database.query('CREATE TABLE keys (id int PRIMARY KEY, other int NOT NULL)');
  const { capture } = makeCapture(database, {
    slot: `s_keys_${database.name}`.slice(0, 63),
    accept_loss: ['public.keys'],
  });
  const required = requirements(table('keys', ['id'], ['other']));
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO keys VALUES (1, 7); UPDATE keys SET id = 2; DELETE FROM keys');
  await consumer.until('all', (changes) => changes.length === 3);
  expect(consumer.changes.slice(1).map(({ before, after }) => [before, after])).toEqual([
    [{ id: '1' }, { id: '2', other: '7' }],
    [{ id: '2' }, undefined],
  ]);
  expect(consumer.changes.map(({ lossAccepted }) => lossAccepted)).toEqual([true, true, true]);
  await consumer.stop();
  await capture.close();
});

test('keyless tables are followed, and the application goes on updating and deleting their rows', async () => {
  await database.query('CREATE TABLE tags (a int, b text)');
  const changes = await changesOf(
    requirements(table('tags', [], ['a', 'b'])),
    "INSERT INTO tags VALUES (1, NULL), (1, NULL); UPDATE tags SET b = 'x'; DELETE FROM tags",
  );
  expect(changes.map(({ operation }) => operation)).toEqual([
    'insert',
    'insert',
    'update',
    'update',
    'delete',
    'delete',
  ]);
  expect(changes[2]).toMatchObject({ before: { a: '1', b: null }, after: { a: '1', b: 'x' } });
});

test('a TOASTed value that did not change is unknown in the log, and no link is ever made NULL of it', async () => {
  await database.query(`CREATE TABLE docs (id int PRIMARY KEY, owner int NOT NULL, body text);
    ALTER TABLE docs ALTER body SET STORAGE EXTERNAL`);
  const changes = await changesOf(
    requirements(table('docs', ['id'], ['owner'], ['body'])),
    "INSERT INTO docs VALUES (1, 1, repeat('x', 10000)); UPDATE docs SET owner = 2",
  );
  expect(changes[1]).toEqual({
    operation: 'update',
    before: { id: '1', owner: '1' },
    after: { id: '1', owner: '2' },
  });
});

test('an unchanged TOASTed link under FULL is told from the old row', async () => {
  await database.query(`CREATE TABLE paths (id int PRIMARY KEY, path text, n int);
    ALTER TABLE paths ALTER path SET STORAGE EXTERNAL`);
  const changes = await changesOf(
    requirements(table('paths', ['id'], ['path'], ['n'])),
    "INSERT INTO paths VALUES (1, repeat('x', 5000), 1); UPDATE paths SET n = 2",
  );
  expect(changes[1]?.after?.['path']).toBe('x'.repeat(5000));
  expect(changes[1]?.before?.['path']).toBe('x'.repeat(5000));
});

test('names with capitals, quotes, dots and spaces are taken as they are', async () => {
  await database.query(`CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop"."Order ""Lines"".x"
    ("Id" int, "orderId" int NOT NULL, "Ünï" text, "__proto__" int NOT NULL, PRIMARY KEY ("Id"))`);
  const name = { schema: 'My Shop', name: 'Order "Lines".x' };
  const links = ['Id', 'orderId', '__proto__'];
  const required = { tables: [{ table: name, key: ['Id'], links, watched: links, uses: [] }] };
  const { capture } = makeCapture(database, { slot: `s_q_${database.name}`, publication: 'Pub "Lic"\'s' });
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await database.query(`INSERT INTO "My Shop"."Order ""Lines"".x" VALUES (1, 2, 'é', 3);
    UPDATE "My Shop"."Order ""Lines"".x" SET "orderId" = 9`);
  await consumer.until('both', (changes) => changes.length === 2);
  expect(consumer.changes[1]?.table).toEqual(name);
  expect(Object.entries(consumer.changes[1]?.before ?? {})).toEqual([
    ['Id', '1'],
    ['orderId', '2'],
    ['__proto__', '3'],
  ]);
  await consumer.stop();
  await capture.deprovision({ signal: never });
  await capture.close();
});

test('values are the text that a pinned connection prints', async () => {
  await database.query(`CREATE TYPE mood AS ENUM ('so so', 'fine');
    CREATE TABLE typed (id uuid PRIMARY KEY, at timestamptz NOT NULL, d date NOT NULL, f float8 NOT NULL, b bytea NOT NULL,
      m mood NOT NULL, t timestamp NOT NULL, i interval NOT NULL, n numeric NOT NULL, c money NOT NULL);
    ALTER TABLE typed REPLICA IDENTITY FULL`);
  const columns = ['at', 'd', 'f', 'b', 'm', 't', 'i', 'n', 'c'];
  // The database's own settings must not show.
  await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo';
    ALTER DATABASE ${database.name} SET DateStyle = 'SQL, DMY'; ALTER DATABASE ${database.name} SET bytea_output = 'escape'`);
  const changes = await changesOf(
    requirements(table('typed', ['id'], columns)),
    `INSERT INTO typed VALUES ('00000000-0000-0000-0000-00000000000A', '2026-11-20 12:00:00+00', '2026-11-20', 0.1::float8 + 0.2,
      '\\xdeadbeef', 'so so', '2026-01-02 03:04:05.6', '1 day 02:03', 1.50, 12.5)`,
  );
  expect(changes[0]?.after).toEqual({
    id: '00000000-0000-0000-0000-00000000000a',
    at: '2026-11-20 12:00:00+00',
    d: '2026-11-20',
    f: '0.30000000000000004',
    b: '\\xdeadbeef',
    m: 'so so',
    t: '2026-01-02 03:04:05.6',
    i: '1 day 02:03:00',
    n: '1.50',
    c: '$12.50',
  });
});

test('a dropped and a retyped link make the table resync, and the stream goes on', async () => {
  await database.query('CREATE TABLE drift (id int PRIMARY KEY, ref int NOT NULL, spare int NOT NULL)');
  const required = requirements(table('drift', ['id'], ['ref', 'spare']));
  const { capture } = makeCapture(database, { slot: `s_drift_${database.name}`.slice(0, 63) });
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO drift VALUES (1, 1, 1)');
  await consumer.until('the row', (changes) => changes.length === 1);
  await database.query('ALTER TABLE drift ALTER ref TYPE bigint; INSERT INTO drift VALUES (2, 2, 2)');
  await consumer.until('a resync', (changes) =>
    changes.some(({ reason }) => reason?.includes('column ref') === true),
  );
  expect(consumer.changes[1]).toMatchObject({ operation: 'insert', after: { id: '2', ref: '2' } });
  await database.query(
    'ALTER TABLE drift REPLICA IDENTITY FULL; ALTER TABLE drift DROP spare; INSERT INTO drift (id, ref) VALUES (3, 3)',
  );
  await consumer.until('a resync', (changes) =>
    changes.some(({ reason }) => reason?.includes('column spare') === true),
  );
  expect(consumer.error).toBeUndefined();
  await consumer.stop();
  await capture.close();
});
