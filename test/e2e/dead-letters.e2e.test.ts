import { expect, test } from 'vitest';
import { acknowledgement } from '../faults/harness/capture-state.ts';
import { startSlowBulks } from '../regressions/harness/slow-bulks.ts';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';
import type { IndexFixture } from './harness/fixture.ts';
import { storedDeadLetters } from './harness/stored-dead-letters.ts';

const tables = `
  CREATE TABLE levels (
    id integer PRIMARY KEY,
    level integer NOT NULL,
    label text NOT NULL,
    divisor integer NOT NULL DEFAULT 1
  );
  INSERT INTO levels SELECT n, n % 100, 'label ' || n FROM generate_series(1, 1000) AS n;`;

/** A byte in OpenSearch, so that 300 is rejected; a filter that fails where `divisor` is 0. */
const schemaOf = (type: string) => `
  table: levels
  filters:
    - raw: "100 / divisor > 0"
  fields:
    - custom: level
      postgres: [int4]
      opensearch: ${type}
    - keyword: label`;

/** What a document says, for rows that there is nothing wrong with. */
const within = (highest: number) => `
  SELECT id, jsonb_build_object('level', level, 'label', label) AS document FROM levels
  WHERE level <= ${highest} AND divisor <> 0`;

const bytes: IndexFixture = {
  schema: schemaOf('byte'),
  on_reject: 'dead_letter',
  expected: within(127),
};

const lettersOf = async (deployment: Deployment) =>
  [...(await storedDeadLetters(deployment.search, 'bytes')).keys()].sort();

function untilLetters(deployment: Deployment, ids: readonly string[]): Promise<unknown> {
  return waitFor(async () => (await lettersOf(deployment)).join() === [...ids].sort().join(), {
    what: `dead letters ${ids.join()}`,
  });
}

test('what is rejected or cannot be built is put aside, others go on, and mended or deleted rows clear it', async () => {
  await using deployment = await Deployment.create({ tables, indexes: { bytes } });
  const { database } = deployment;
  await database.query(`
    UPDATE levels SET level = 300 WHERE id IN (10, 11, 500);
    UPDATE levels SET divisor = 0 WHERE id IN (20, 21, 700)`);

  const process = await deployment.start();
  await deployment.converged();
  const filled = await storedDeadLetters(deployment.search, 'bytes');
  expect([...filled.keys()].sort()).toEqual(['10', '11', '20', '21', '500', '700']);
  expect(filled.get('10')).toMatchObject({ key: ['10'], routing: null, cause: 'rejected', count: 1 });
  expect(filled.get('10')?.reason).toContain('out of range');
  expect(filled.get('20')).toMatchObject({ key: ['20'], cause: 'unbuildable', reason: 'division by zero' });

  // Live: what was indexed before stays as it was.
  await database.query(`
    UPDATE levels SET level = 400 WHERE id IN (30, 31);
    UPDATE levels SET divisor = 0 WHERE id = 32;
    UPDATE levels SET level = 301, label = 'again' WHERE id = 10;
    UPDATE levels SET label = 'changed' WHERE id > 900`);
  await untilLetters(deployment, ['10', '11', '20', '21', '30', '31', '32', '500', '700']);
  const held = await deployment.indexed('bytes');
  expect(held.get('30')).toEqual({ level: 30, label: 'label 30' });
  expect(held.get('32')).toEqual({ level: 32, label: 'label 32' });
  const again = (await storedDeadLetters(deployment.search, 'bytes')).get('10');
  expect(again?.first_at).toBe(filled.get('10')?.first_at);
  expect(again?.count).toBe(2);
  expect(BigInt(again?.version ?? 0)).toBeGreaterThan(BigInt(filled.get('10')?.version ?? 0));

  await database.query(`
    UPDATE levels SET level = 1 WHERE id IN (10, 30);
    UPDATE levels SET divisor = 1 WHERE id IN (20, 32);
    DELETE FROM levels WHERE id IN (11, 21, 31)`);
  await untilLetters(deployment, ['500', '700']);
  await deployment.converged();
  await process.stop();
});

test('dead letters are listed, shown, tried again and discarded from the command line, beside a run', async () => {
  await using deployment = await Deployment.start({ tables, indexes: { bytes } });
  const { database } = deployment;
  const ask = async (...args: string[]) => {
    const { code, output, log } = await deployment.command('dead-letters', ...args, '--json');
    return { code, log, ...JSON.parse(output) };
  };
  expect(await ask('list')).toMatchObject({ code: 0, data: { letters: [], total: 0 } });
  await database.query(`
    UPDATE levels SET level = 300 WHERE id IN (1, 2, 3);
    UPDATE levels SET divisor = 0 WHERE id = 4`);
  await untilLetters(deployment, ['1', '2', '3', '4']);

  const { data } = await ask('list', 'bytes', '--limit', '2');
  expect(data.total).toBe(4);
  expect(data.letters).toHaveLength(2);
  const shown = await ask('show', 'bytes', '2');
  expect(shown.data.letters).toMatchObject([
    { index: 'bytes', sink: 'search', generation: 1, key: ['2'], id: '2', cause: 'rejected', count: 1 },
  ]);
  expect(await ask('show', 'bytes', '5')).toMatchObject({
    code: 1,
    ok: false,
    error: { code: 'SLUICE_DEAD_LETTER_NOT_FOUND' },
  });
  expect(await ask('list', 'byte')).toMatchObject({
    code: 2,
    error: { code: 'SLUICE_USAGE', hint: expect.stringContaining('bytes') },
  });

  const again = await ask('retry', 'bytes', '2');
  expect(again).toMatchObject({ code: 1, data: { accepted: 0, refused: 1 } });
  expect(again.data.letters[0].reason).toContain('out of range');
  expect((await storedDeadLetters(deployment.search, 'bytes')).get('2')?.count).toBe(2);
  expect(await ask('retry')).toMatchObject({ code: 2, error: { code: 'SLUICE_USAGE' } });

  expect(await ask('discard', 'bytes', '1')).toMatchObject({ code: 2, error: { code: 'SLUICE_USAGE' } });
  expect(await ask('discard', 'bytes', '1', '--yes')).toMatchObject({ code: 0, data: { discarded: 1 } });
  expect(await lettersOf(deployment)).toEqual(['2', '3', '4']);

  // With nobody following, whoever mends a row can have it written at once.
  await deployment.process.stop();
  await database.query(`
    UPDATE levels SET level = 7 WHERE id IN (1, 2);
    DELETE FROM levels WHERE id = 3`);
  const rest = await ask('retry', '--all');
  expect(rest).toMatchObject({ code: 1, data: { accepted: 1, deleted: 1, refused: 1 } });
  expect(rest.data.letters).toMatchObject([{ id: '4', outcome: 'refused', reason: 'division by zero' }]);
  expect((await deployment.indexed('bytes')).get('2')).toMatchObject({ level: 7 });
  expect(await lettersOf(deployment)).toEqual(['4']);

  await database.query('UPDATE levels SET divisor = 1 WHERE id = 4');
  await deployment.start();
  await deployment.converged();
  expect(await lettersOf(deployment)).toEqual([]);
});

test('killed when a letter is durable and before its change is acknowledged, it loses neither', async () => {
  await using deployment = await Deployment.create({ tables, indexes: { bytes } });
  await using front = await startSlowBulks(deployment.search.url);
  const { database, environment } = deployment;
  const direct = environment['OPENSEARCH_URL'] ?? '';
  environment['OPENSEARCH_URL'] = front.url;
  await deployment.start();
  await deployment.converged();
  front.withholdAnswers('dead_letters');
  await database.query(`
    UPDATE levels SET level = 300 WHERE id IN (1, 2, 3, 4);
    UPDATE levels SET label = 'changed' WHERE id = 5`);
  const acknowledged = await acknowledgement(deployment);
  await untilLetters(deployment, ['1', '2', '3', '4']);
  expect(await acknowledged()).toBe(false);
  await deployment.process.kill();

  await database.query('UPDATE levels SET level = 2 WHERE id = 2; DELETE FROM levels WHERE id = 3');
  environment['OPENSEARCH_URL'] = direct;
  const process = await deployment.start();
  await waitFor(acknowledged, { what: 'what was put aside twice to be acknowledged' });
  await untilLetters(deployment, ['1', '4']);
  expect((await deployment.indexed('bytes')).get('1')).toEqual({ level: 1, label: 'label 1' });

  // What the mapping has room for after a change of the schema is written to the next generation.
  await process.stop();
  await deployment.reconfigure({
    indexes: { bytes: { ...bytes, schema: schemaOf('short'), expected: within(32_767) } },
  });
  await database.query('UPDATE levels SET level = 40000 WHERE id = 4');
  await deployment.start();
  await deployment.converged();
  const [rest, ...others] = (await storedDeadLetters(deployment.search, 'bytes')).values();
  expect(others).toEqual([]);
  expect(rest).toMatchObject({ id: '4', generation: expect.stringMatching(/_2$/) });

  await database.query('TRUNCATE levels');
  await untilLetters(deployment, []);
  await deployment.converged();
});
