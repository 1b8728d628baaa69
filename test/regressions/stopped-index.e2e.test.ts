import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { differences } from '../e2e/harness/differences.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import type { Fixture, IndexFixture } from '../e2e/harness/fixture.ts';
import { waitFor } from '../support/wait.ts';
import { numbers } from './harness/numbers.ts';

const labels: IndexFixture = {
  schema: `
    table: numbers
    fields:
      - keyword: label`,
  expected: "SELECT id, jsonb_build_object('label', label) AS document FROM numbers",
};

/** The same documents in a mapping that takes every number. */
const wide: IndexFixture = {
  schema: `
    table: numbers
    fields:
      - integer: small
      - keyword: label`,
  expected: "SELECT id, jsonb_build_object('small', small, 'label', label) AS document FROM numbers",
};

const plain = numbers(500);
const both: Fixture = { ...plain, indexes: { ...plain.indexes, labels } };
const mended = { numbers: wide, labels };

async function untilStopped(site: Deployment, index: string): Promise<void> {
  await site.process.untilLogged(
    `a warning that ${index} stopped`,
    (event) => event['index'] === index && event.msg.includes('stopped, others go on'),
  );
}

/** Resolves when one index holds what its rows say, whatever the others do. */
async function untilInStep(site: Deployment, index: string): Promise<void> {
  await waitFor(
    async () => {
      site.process.assertRunning();
      const expected = (await site.expected())[index] ?? new Map();
      return differences(index, expected, await site.indexed(index)).length === 0;
    },
    { what: `${index} to be in step`, intervalMs: 100 },
  );
}

/** Following, `numbers` gets a document that its mapping rejects, and is stopped; the others go on. */
async function stopNumbers(site: Deployment): Promise<void> {
  await site.start();
  await site.converged();
  await site.database.query(`
    UPDATE numbers SET small = 300, label = 'rejected' WHERE id = 5;
    UPDATE numbers SET label = 'after it' WHERE id = 6;
    DELETE FROM numbers WHERE id = 7`);
  await untilStopped(site, 'numbers');
  await untilInStep(site, 'labels');
  await site.process.stop();
}

const whileStopped = `
  UPDATE numbers SET label = 'while stopped' WHERE id BETWEEN 10 AND 20;
  DELETE FROM numbers WHERE id BETWEEN 30 AND 40`;

test('an index stopped by a rejected document is built anew once its schema fits, takes over, and goes on', async () => {
  await using site = await Deployment.create(both);
  await stopNumbers(site);
  await site.database.query(whileStopped);
  await site.reconfigure({ indexes: mended });
  const process = await site.start();
  await site.converged();
  expect(process.events).toContainEqual(expect.objectContaining({ msg: 'promoted', index: 'numbers' }));
  await site.database.query(
    "UPDATE numbers SET small = 70000 WHERE id = 50; UPDATE numbers SET label = 'still' WHERE id = 5",
  );
  await site.converged();
  expectEnded(await process.stop(), 143);
});

test('an index stopped by a rejected document is built anew by run --once, too', async () => {
  await using site = await Deployment.create(both);
  await stopNumbers(site);
  await site.database.query(whileStopped);
  await site.reconfigure({ indexes: mended });
  expectEnded(await site.runOnce(), 0);
  await site.converged();
  await site.database.query(
    'UPDATE numbers SET small = 70000 WHERE id = 50; DELETE FROM numbers WHERE id = 5',
  );
  expectEnded(await site.runOnce(), 0);
  await site.converged();
});

test('an index that is stopped in its first fill keeps none of the others from their aliases', async () => {
  await using site = await Deployment.create(both);
  await site.database.query('UPDATE numbers SET small = 300 WHERE id = 5');
  const process = site.run();
  await untilStopped(site, 'numbers');
  await untilInStep(site, 'labels');
  await site.database.query(
    "UPDATE numbers SET label = 'followed' WHERE id = 6; DELETE FROM numbers WHERE id = 8",
  );
  await untilInStep(site, 'labels');
  expect((await site.indexed('numbers')).size).toBe(0);
  await process.stop();

  await site.database.query('UPDATE numbers SET small = 30 WHERE id = 5');
  await site.start();
  await site.converged();
});

test('while one index is stopped, a changed schema of another is built and takes over', async () => {
  await using site = await Deployment.create(both);
  await stopNumbers(site);
  await site.database.query(whileStopped);
  const named: IndexFixture = {
    schema: `
      table: numbers
      fields:
        - keyword: name
          column: label`,
    expected: "SELECT id, jsonb_build_object('name', label) AS document FROM numbers",
  };
  await site.reconfigure({ indexes: { ...both.indexes, labels: named } });
  const process = site.run();
  await untilStopped(site, 'numbers');
  await untilInStep(site, 'labels');
  expect((await site.indexed('numbers')).get('5')).toEqual({ small: 5, label: 'label 5' });
  process.assertRunning();
});

test('a dropped column stops its index alone, through lost connections too, and SIGTERM then ends with 1 and names it', async () => {
  await using site = await Deployment.create({
    tables: `
      CREATE TABLE clients (id integer PRIMARY KEY, name text NOT NULL);
      CREATE TABLE parcels (id integer PRIMARY KEY, weight integer NOT NULL, note text NOT NULL);
      INSERT INTO clients SELECT n, 'client ' || n FROM generate_series(1, 50) AS n;
      INSERT INTO parcels SELECT n, n, 'note ' || n FROM generate_series(1, 50) AS n;`,
    indexes: {
      clients: {
        schema: `
          table: clients
          fields:
            - keyword: name`,
        expected: "SELECT id, jsonb_build_object('name', name) AS document FROM clients",
      },
      parcels: {
        schema: `
          table: parcels
          fields:
            - integer: weight
            - keyword: note`,
        expected:
          "SELECT id, jsonb_build_object('weight', weight, 'note', 'note ' || id) AS document FROM parcels",
      },
    },
  });
  const process = await site.start();
  await site.converged();
  await site.database.query(
    'ALTER TABLE parcels DROP COLUMN note; UPDATE parcels SET weight = 0 WHERE id = 1',
  );
  await untilStopped(site, 'parcels');
  await site.database.query("UPDATE clients SET name = 'goes on' WHERE id = 1");
  await untilInStep(site, 'clients');

  for (const round of [2, 3]) {
    await site.database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await site.database.query("UPDATE clients SET name = 'after the connections' WHERE id = $1", [round]);
    await site.database.query('DELETE FROM parcels WHERE id = $1', [10 + round]);
    await untilInStep(site, 'clients');
  }
  expect((await site.indexed('parcels')).get('1')).toEqual({ weight: 1, note: 'note 1' });
  const ending = await process.stop();
  const end = ending.log.slice(ending.log.indexOf('"draining"'));
  expect(end).toMatch(/SLUICE_SOURCE_DRIFT/);
  expect(end).toMatch(/parcels/);

  await site.database.query(`
    ALTER TABLE parcels ADD COLUMN note text NOT NULL DEFAULT '';
    UPDATE parcels SET note = 'note ' || id`);
  await site.start();
  await site.converged();
  expectEnded(ending, 1);
});
