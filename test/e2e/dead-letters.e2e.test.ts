import { expect, test } from 'vitest';
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
const bytes: IndexFixture = {
  schema: schemaOf('byte'),
  on_reject: 'dead_letter',
  expected: `
    SELECT id, jsonb_build_object('level', level, 'label', label) AS document FROM levels
    WHERE level BETWEEN -128 AND 127 AND divisor <> 0`,
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
