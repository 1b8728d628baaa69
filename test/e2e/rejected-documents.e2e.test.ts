import { freePort } from '@sluice/servers';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';
import { differences } from './harness/differences.ts';
import { expectEnded } from './harness/expect-ended.ts';
import type { IndexFixture } from './harness/fixture.ts';

const tables = `
  CREATE TABLE levels (id integer PRIMARY KEY, level integer NOT NULL, label text NOT NULL);
  INSERT INTO levels SELECT n, n, 'label ' || n FROM generate_series(1, 100) AS n;`;

/** A byte in OpenSearch, so that 300 is rejected. */
const bytes: IndexFixture = {
  schema: `
    table: levels
    fields:
      - custom: level
        postgres: [int4]
        opensearch: byte
      - keyword: label`,
  expected: "SELECT id, jsonb_build_object('level', level, 'label', label) AS document FROM levels",
};

/** The same rows without what is rejected. */
const labels: IndexFixture = {
  schema: `
    table: levels
    fields:
      - keyword: label`,
  expected: "SELECT id, jsonb_build_object('label', label) AS document FROM levels",
};

test('under `stop` a rejected document ends the run with 1 and says why; mended and started again, all is right', async () => {
  await using deployment = await Deployment.create({ tables, indexes: { bytes }, marker: 'none' });
  const process = await deployment.start();
  await deployment.database.query(`
    UPDATE levels SET label = 'before' WHERE id = 1;
    UPDATE levels SET level = 300 WHERE id = 2;
    UPDATE levels SET label = 'after' WHERE id = 3`);

  const ending = await process.untilEnded();
  expectEnded(ending, 1);
  const { log } = ending;
  expect(log).toContain('SLUICE_SINK_REJECTED');
  expect(log).toMatch(/rejected document .*"?2\\?".* of index \\?"bytes\\?"/);
  expect(log).toContain('out of range');
  expect(log).toContain('on_reject: skip');

  await deployment.database.query(
    'UPDATE levels SET level = 100 WHERE id = 2; DELETE FROM levels WHERE id = 4',
  );
  await deployment.start();
  await deployment.converged();
});

test('a row that is rejected while the index is filled ends the run too, and the fill goes on once it is mended', async () => {
  await using deployment = await Deployment.create({ tables, indexes: { bytes }, marker: 'none' });
  await deployment.database.query('UPDATE levels SET level = 300 WHERE id = 50');

  const ending = await deployment.run().untilEnded();
  expectEnded(ending, 1);
  expect(ending.log).toContain('SLUICE_SINK_REJECTED');
  expect((await deployment.indexed('bytes')).size, 'nobody can find an index that is not complete').toBe(0);

  await deployment.database.query('UPDATE levels SET level = 50 WHERE id = 50');
  await deployment.start();
  await deployment.converged();
});

test('under `skip` a rejected document is left out and counted, and comes when its row is mended', async () => {
  const skipping: IndexFixture = {
    ...bytes,
    on_reject: 'skip',
    expected: `${bytes.expected} WHERE level BETWEEN -128 AND 127`,
  };
  await using deployment = await Deployment.create({ tables, indexes: { bytes: skipping } });
  const process = await deployment.start();
  await deployment.database.query(`
    INSERT INTO levels VALUES (101, 300, 'skipped'), (102, 1, 'kept'), (103, -129, 'skipped');
    UPDATE levels SET label = 'changed' WHERE id = 1`);
  await deployment.converged();
  const rejected = process.events.filter(({ msg }) => msg === 'rejected');
  expect(rejected.map(({ index, id, policy }) => ({ index, id, policy }))).toEqual([
    { index: 'bytes', id: '101', policy: 'skip' },
    { index: 'bytes', id: '103', policy: 'skip' },
  ]);

  await deployment.database.query('UPDATE levels SET level = 5 WHERE id = 101');
  await deployment.converged();
  await process.stop();

  await deployment.database.query("INSERT INTO levels VALUES (104, 1000, 'skipped')");
  const { code, output } = await deployment.runOnce({ args: ['--json'] });
  expect(code).toBe(0);
  expect(JSON.parse(output).data.rejected).toBeGreaterThanOrEqual(1);
  await deployment.converged();
});

test('an index that is stopped leaves the others going, and catches up when its row is mended', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const server = { public: address };
  await using deployment = await Deployment.create({ tables, indexes: { bytes, labels }, server });
  const process = await deployment.start();
  const ask = (path: string) => fetch(`http://${address}${path}`);
  expect((await ask('/readyz')).status).toBe(200);
  await deployment.database.query("UPDATE levels SET level = 300, label = 'rejected' WHERE id = 5");
  await process.untilLogged(
    'a warning that the index stopped',
    ({ code, index }) => code === 'SLUICE_SINK_REJECTED' && index === 'bytes',
  );

  await deployment.database.query(
    "UPDATE levels SET label = 'changed' WHERE id > 90; DELETE FROM levels WHERE id = 6",
  );
  const { labels: expected = new Map() } = await deployment.expected();
  await waitFor(
    async () => differences('labels', expected, await deployment.indexed('labels')).length === 0,
    { what: 'the other index to go on' },
  );
  process.assertRunning();
  const held = await deployment.indexed('bytes');
  expect(held.get('5')).toEqual({ level: 5, label: 'label 5' });

  const stopped = { index: 'bytes', state: 'stopped', reason: expect.stringContaining('rejected document') };
  expect((await ask('/readyz')).status, 'a stopped index is not followed').toBe(503);
  expect(await (await ask('/status')).json()).toMatchObject({
    ready: false,
    indexes: expect.arrayContaining([expect.objectContaining(stopped)]),
  });
  expect(await (await ask('/metrics')).text()).toMatch(
    /sluice_index_state\{index="bytes",sink="\w+",state="stopped"\} 1/,
  );
  await waitFor(
    async () => {
      const { output } = await deployment.command('status', '--json');
      const { data } = JSON.parse(output);
      return data.indexes.find(({ index }: { index: string }) => index === 'bytes').state === 'stopped';
    },
    { what: 'the command beside it to say so' },
  );

  await deployment.database.query('UPDATE levels SET level = 1 WHERE id = 5');
  const { code } = await process.stop();
  expect(code).toBe(1);
  await deployment.start();
  await deployment.converged();
});
