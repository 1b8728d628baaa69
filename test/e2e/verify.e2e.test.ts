import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';
import type { IndexFixture } from './harness/fixture.ts';
import { loadFixture } from './harness/fixture.ts';
import { verified, verify } from './harness/verify.ts';
import { startWorkload } from './harness/workload.ts';
import { shopOperations } from './shop-operations.ts';

const tables = `
  CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, balance numeric NOT NULL);
  CREATE TABLE notes (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people, text text NOT NULL);
  CREATE INDEX ON notes (person_id);
  CREATE TABLE levels (id integer PRIMARY KEY, level integer NOT NULL);
  INSERT INTO levels SELECT n, n FROM generate_series(1, 50) AS n;
  INSERT INTO people SELECT n, 'name ' || n, n + 0.25 FROM generate_series(1, 500) AS n;
  INSERT INTO notes SELECT n, n, 'note ' || n FROM generate_series(1, 500) AS n;`;

const people: IndexFixture = {
  schema: `
    table: people
    fields:
      - integer: id
      - text: name
      - decimal: balance
      - has_many: notes
        table: notes
        foreign_key: person_id
        fields:
          - text: text`,
  expected: `
    SELECT p.id, jsonb_build_object('id', p.id, 'name', p.name, 'balance', p.balance, 'notes', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('text', n.text) ORDER BY n.id), '[]') FROM notes AS n WHERE n.person_id = p.id
    )) AS document FROM people AS p`,
};

/** A byte in OpenSearch, so that 300 is rejected. */
const levels = {
  schema: `
    table: levels
    fields:
      - custom: level
        postgres: [int4]
        opensearch: byte`,
  expected: "SELECT id, jsonb_build_object('level', level) AS document FROM levels WHERE level < 128",
};

describe('an index that somebody else changed', () => {
  let deployment: Deployment;
  let physical: string;
  beforeAll(async () => {
    deployment = await Deployment.start({
      tables,
      indexes: {
        people,
        put_aside: { ...levels, on_reject: 'dead_letter' },
        left_out: { ...levels, on_reject: 'skip' },
      },
    });
    const { body } = await deployment.search.client.indices.getAlias({
      name: `${deployment.search.prefix}people`,
    });
    physical = Object.keys(body)[0] ?? '';
    return () => deployment[Symbol.asyncDispose]();
  });

  const source = async (id: string) => {
    const { body } = await deployment.search.client.get({ index: physical, id });
    return { body: body._source, version: Number(body._version) };
  };

  const put = (id: string, body: object, more: object = {}) =>
    deployment.search.client.index({ index: physical, id, body, ...more });

  test('is equal as long as nobody does', async () => {
    const { ending, found } = await verify(deployment, 'people');
    expect(ending.code).toBe(0);
    expect(found).toMatchObject({ compared: 500, listed: 500, followed: true, promoted: true, problems: [] });
    expect(found.differences).toEqual([]);
  });

  test('is found to differ in every way, document by document and field by field, and mended by --repair', async () => {
    const { client } = deployment.search;
    await makeStale('5');
    await client.delete({ index: physical, id: '1' });
    await client.delete({ index: physical, id: '2' });
    await put('nobody', { id: 7 });
    await put('100007', { id: 7 });
    const { body: altered } = await source('3');
    await put('3', { ...altered, name: 'altered', notes: [{ text: 'altered, too' }] });
    const { body: typed } = await source('4');
    await put('4', { ...typed, id: '4', balance: '4.25' });
    const { body: copied, version } = await source('6');
    await put(
      '6',
      { ...copied, name: 'of another epoch' },
      { version: version + 2 ** 50, version_type: 'external' },
    );

    const { ending, found } = await verify(deployment, 'people');
    expect(ending.code).toBe(1);
    expect(found.counts).toMatchObject({
      missing: 2,
      extra: 2,
      different: 1,
      type: 1,
      stale: 1,
      future: 1,
      unsettled: 0,
    });
    const kinds = Object.fromEntries(found.differences.map(({ id, kind }) => [id, kind]));
    expect(kinds).toEqual({
      1: 'missing',
      2: 'missing',
      nobody: 'extra',
      100007: 'extra',
      3: 'different',
      4: 'type',
      5: 'stale',
      6: 'future',
    });
    const fields = found.differences.find(({ id }) => id === '3')?.fields;
    expect(fields).toEqual([
      { path: 'name', expected: '"name 3"', held: '"altered"', otherType: false },
      { path: 'notes[0].text', expected: '"note 3"', held: '"altered, too"', otherType: false },
    ]);

    const repaired = await verify(deployment, 'people', '--repair');
    expect(Object.fromEntries(repaired.found.differences.map(({ id, kind }) => [id, kind]))).toEqual(kinds);
    expect(repaired.found.differences.every(({ mended }) => mended)).toBe(true);
    expect(repaired.found.repairedCounts).toEqual(found.counts);
    expect(repaired.ending.code).toBe(0);
    expect(repaired.found).toMatchObject({ repaired: 8, problems: [] });
    await deployment.converged();
    expect((await verify(deployment, 'people')).ending.code).toBe(0);
  });

  /** The row as it was, at a version from before its last change. */
  async function makeStale(id: string): Promise<void> {
    const { client } = deployment.search;
    const { body: before } = await source(id);
    await deployment.database.query('UPDATE people SET name = $1 WHERE id = $2', [`changed ${id}`, id]);
    await deployment.converged();
    await client.indices.putSettings({ index: physical, body: { 'index.gc_deletes': '0s' } });
    await client.delete({ index: physical, id });
    // A delete is remembered until a refresh finds it old enough.
    await waitFor(
      async () => {
        await client.indices.refresh({ index: physical });
        const answer = await put(id, before, { version: 1, version_type: 'external' }).catch(() => null);
        return answer !== null;
      },
      { what: 'the delete to be forgotten' },
    );
  }

  test('has exceptions that its policy allows: they are counted, and no differences', async () => {
    await deployment.database.query('INSERT INTO levels VALUES (51, 300)');
    await deployment.converged();
    const aside = await verify(deployment, 'put_aside');
    expect(aside.found).toMatchObject({ counts: { missing: 0 }, exceptions: { deadLetters: 1, skipped: 0 } });
    expect(aside.ending.code).toBe(0);

    // Nothing lists what was skipped: only whoever offers it to the sink once more hears that it is refused.
    expect((await verify(deployment, 'left_out')).found).toMatchObject({ counts: { missing: 1 } });
    const offered = await verify(deployment, 'left_out', '--repair');
    expect(offered.found).toMatchObject({
      counts: { missing: 0 },
      exceptions: { deadLetters: 0, skipped: 1 },
    });
    expect(offered.ending.code).toBe(0);
  });

  test('is compared in part where a sample is asked for, which says what it proves', async () => {
    const { ending, output } = await verified(deployment, 'people', '--sample', '100');
    expect(ending.code).toBe(0);
    expect(output).toMatch(/A sample: \d+ of about 500 documents/);
  });

  test('from another database is refused', async () => {
    await using other = await createDatabase();
    await other.query(tables);
    const own = deployment.environment['DATABASE_URL'] ?? '';
    deployment.environment['DATABASE_URL'] = other.url;
    const ending = await deployment.command('verify', 'people', '--json');
    deployment.environment['DATABASE_URL'] = own;
    expect(ending.code).toBe(3);
    expect(JSON.parse(ending.output)).toMatchObject({ ok: false, error: { code: 'SLUICE_SOURCE_IDENTITY' } });
  });

  test('that nobody follows shows the changes that it has not heard of, and an alias that is gone, and says so', async () => {
    await deployment.process.stop();
    // A process that follows would put it back by itself.
    const { client, prefix } = deployment.search;
    await client.indices.deleteAlias({ index: physical, name: `${prefix}people` });
    await deployment.database.query("UPDATE notes SET text = 'unheard of' WHERE id = 9");
    const { ending, found } = await verify(deployment, 'people');
    expect(ending.code).toBe(1);
    expect(found).toMatchObject({
      followed: false,
      counts: { different: 1 },
      problems: [{ kind: 'alias', repaired: false }],
    });
    expect(found.notes.join()).toContain('no process keeps it in step');
    expect(found.differences).toMatchObject([{ id: '9', fields: [{ path: 'notes[0].text' }] }]);

    // Written by verify itself, by the versions of the engine: the run that follows finds it right.
    const repaired = await verify(deployment, 'people', '--repair');
    expect(repaired.ending.code).toBe(0);
    expect(repaired.found.problems).toMatchObject([{ kind: 'alias', repaired: true }]);
    await deployment.start();
    await deployment.converged();
  });

  test('that is unknown, or a part that is none, is a mistake of the command line', async () => {
    for (const args of [['nothing'], ['people', '--sink', 'none']]) {
      const ending = await deployment.command('verify', ...args, '--json');
      expect(ending.code).toBe(2);
      expect(JSON.parse(ending.output)).toMatchObject({ ok: false, error: { code: 'SLUICE_USAGE' } });
    }
    const ending = await deployment.command('verify', 'people', '--generation', '7', '--json');
    expect(ending.code).toBe(3);
    expect(JSON.parse(ending.output)).toMatchObject({ error: { code: 'SLUICE_INDEX_INCOMPLETE' } });
  });

  test('cannot be compared where a column went away: nothing is said to differ', async () => {
    await deployment.database.query('ALTER TABLE levels RENAME level TO height');
    const ending = await deployment.command('verify', 'put_aside', '--json');
    await deployment.database.query('ALTER TABLE levels RENAME height TO level');
    expect(JSON.parse(ending.output)).toMatchObject({ ok: false, error: { code: 'SLUICE_SOURCE_DRIFT' } });
    expect(ending.code).toBe(3);
  });
});

test('a heavy random workload brings no false alarm', async () => {
  await using deployment = await Deployment.start({ ...(await loadFixture('shop')), marker: 'none' });
  const workload = await startWorkload(deployment.database, shopOperations(90), { writers: 4, seed: 20 });
  try {
    for (let round = 0; round < 2; round += 1) {
      const before = workload.committed;
      const { ending, output } = await verified(deployment);
      expect(output).not.toMatch(/missing|extra|stale|type|different|future|unsettled/);
      expect(ending.code).toBe(0);
      expect(workload.committed).toBeGreaterThan(before);
    }
  } finally {
    await workload.stop();
  }
  await deployment.converged();
  expect((await verified(deployment)).ending.code).toBe(0);
});
