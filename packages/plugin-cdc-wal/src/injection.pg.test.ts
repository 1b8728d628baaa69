import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  canary,
  hostileNames,
  hostileValue,
  placeCanary,
  quoted,
  unharmed,
} from '../../../test/support/hostile.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { Consumer, makeCapture, never, requirements } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await placeCanary(database);
});
afterAll(() => database.drop());

test('names that would break out of any quotation are names: of tables, columns, publication and indexes', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(hostileNames(6), hostileValue(), async (names, value) => {
      const [schema = '', name = '', id = '', link = '', other = '', publication = ''] = names;
      round += 1;
      const table = `${quoted(schema)}.${quoted(name)}`;
      await database.query(`DROP SCHEMA IF EXISTS ${quoted(schema)} CASCADE; CREATE SCHEMA ${quoted(schema)};
        CREATE TABLE ${table} (${quoted(id)} text PRIMARY KEY, ${quoted(link)} text NOT NULL, ${quoted(other)} text)`);
      const required = requirements({
        table: { schema, name },
        key: [id],
        // A link outside of the key: the capture makes an index over both, the table's identity.
        links: [id, link],
        watched: [id, link, other],
        uses: [{ index: 'things', role: 'root', field: '' }],
      });
      const { capture } = makeCapture(database, { slot: `s_${round}_${database.name}`, publication });
      // Half of the rounds as a DBA would: the printed statements.
      if (round % 2 === 0) {
        for (const { statements } of (await capture.script(required)).sections) {
          for (const statement of statements) await database.query(statement);
        }
      }
      await capture.provision(required, { signal: never });
      const consumer = new Consumer(capture, required);
      await consumer.caughtUp();
      await database.query(`INSERT INTO ${table} VALUES ($1, $2, '1')`, [value, value]);
      await database.query(`UPDATE ${table} SET ${quoted(link)} = 'moved'`);
      await database.query(`DELETE FROM ${table}`);
      await consumer.caughtUp();
      const row = (linked: string) =>
        Object.fromEntries([
          [id, value],
          [link, linked],
        ]);
      expect(consumer.changes).toMatchObject([
        { operation: 'insert', table: { schema, name }, after: row(value) },
        { operation: 'update', before: row(value), after: row('moved') },
        { operation: 'delete', before: row('moved') },
      ]);
      await consumer.stop();
      await capture.deprovision({ signal: never });
      await capture.close();
      await database.query(`DROP SCHEMA ${quoted(schema)} CASCADE`);
      expect(await canary(database)).toEqual(unharmed);
    }),
    { numRuns: 8 },
  );
});

test('the SQL that is printed for an unlogged table names that table and runs nothing else', async () => {
  const [schema, name] = ['public', 'x; DROP TABLE harm.canary;--'];
  await database.query(`CREATE UNLOGGED TABLE ${quoted(name)} (id int PRIMARY KEY)`);
  const required = requirements({
    table: { schema, name },
    key: ['id'],
    links: ['id'],
    watched: ['id'],
    uses: [{ index: 'things', role: 'root', field: '' }],
  });
  const { capture } = makeCapture(database, { slot: `u_${database.name}` });
  const { sections } = await capture.script(required);
  for (const statement of sections.flatMap(({ statements }) => statements)) await database.query(statement);
  const [row] = await database.query('SELECT relpersistence FROM pg_class WHERE relname = $1', [name]);
  expect(row).toEqual({ relpersistence: 'p' });
  expect(await canary(database)).toEqual(unharmed);
  await capture.deprovision({ signal: never });
  await capture.close();
});
