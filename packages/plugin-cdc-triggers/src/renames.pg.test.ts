import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { brief, follow, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

const plain = (name: string) => table(name, ['id'], ['id'], ['n']);

/** A look ends by mending what it found, and the next one begins after that. */
async function lookedAtTwice(schema: string, witness: string) {
  for (const _ of [1, 2]) {
    await database.query(`DROP TRIGGER ${schema}_row ON ${witness}`);
    await waitFor(
      async () =>
        (
          await database.query('SELECT FROM pg_trigger WHERE tgname = $1 AND tgrelid = $2::regclass', [
            `${schema}_row`,
            witness,
          ])
        ).length > 0,
      { what: 'the trigger to be made again' },
    );
  }
}

test('tables that swap their names are resynced, each for the rows that it has now', async () => {
  await database.query(`CREATE TABLE blue (id int PRIMARY KEY, n int); CREATE TABLE green (id int PRIMARY KEY, n int);
    INSERT INTO blue VALUES (1, 1); INSERT INTO green VALUES (2, 2)`);
  const { consumer, changesOf, stop } = await follow(database, requirements(plain('blue'), plain('green')), {
    schema: 'c_swap',
    watch_interval: '100ms',
  });
  await database.query(`BEGIN; ALTER TABLE blue RENAME TO other; ALTER TABLE green RENAME TO blue;
    ALTER TABLE other RENAME TO green; COMMIT`);
  await consumer.until('a resync of both', (changes) =>
    ['blue', 'green'].every((name) =>
      changes.some((change) => change.operation === 'resync' && change.table.name === name),
    ),
  );
  const before = consumer.changes.length;
  expect(await changesOf(() => database.query('INSERT INTO blue VALUES (3, 3)'))).toMatchObject([
    { table: { name: 'blue' }, operation: 'insert', after: { id: '3' } },
  ]);
  expect(consumer.changes.length).toBe(before + 1);
  await stop();
});

test('what is written to a table while it has another name is told of under the name that plans know', async () => {
  await database.query(
    'CREATE TABLE away (id int PRIMARY KEY, n int); CREATE TABLE witness (id int PRIMARY KEY, n int)',
  );
  const { changesOf, stop } = await follow(database, requirements(plain('away'), plain('witness')), {
    schema: 'c_away',
    watch_interval: '50ms',
  });
  await database.query('ALTER TABLE away RENAME TO elsewhere');
  await lookedAtTwice('c_away', 'witness');
  const changes = await changesOf(() => database.query('INSERT INTO elsewhere VALUES (1, 1)'));
  expect(brief(changes.filter(({ table: { name } }) => name === 'away'))).toEqual(['insert 1']);
  await database.query('ALTER TABLE elsewhere RENAME TO away');
  await stop();
});

test('a table that was renamed and made anew is told of alone, whatever becomes of the former one', async () => {
  await database.query('CREATE TABLE current (id int PRIMARY KEY, n int)');
  const { consumer, changesOf, stop } = await follow(database, requirements(plain('current')), {
    schema: 'c_current',
    watch_interval: '50ms',
  });
  await database.query(`BEGIN; ALTER TABLE current RENAME TO archived;
    CREATE TABLE current (id int PRIMARY KEY, n int); COMMIT`);
  await consumer.until('a resync', (changes) => brief(changes).includes('resync'));
  await database.query('ALTER TABLE archived DROP COLUMN n');
  const changes = await changesOf(async () => {
    await database.query('INSERT INTO archived VALUES (1)');
    await database.query('INSERT INTO current VALUES (2, 2)');
  });
  expect(brief(changes)).toEqual(['insert 2']);
  await stop();
});
