import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { bindYaml, changesOf, openDocuments, resolveAll, scanAll } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

const key = (...values: string[]) => ({ key: values, id: values.join('|'), routing: null });

describe('build', () => {
  it('gives one document per key, in order, deletes for keys without a live row', async () => {
    await database.query(`
      CREATE TABLE simple (id int PRIMARY KEY, n int, gone boolean);
      INSERT INTO simple VALUES (1, 10), (2, 20), (3, -1), (4, 40);
      UPDATE simple SET gone = true WHERE id = 4`);
    const plan = await bindYaml(
      builder,
      'table: simple\nfilters:\n  - {column: n, op: gte, value: 0}\nsoft_delete:\n  column: gone\nfields:\n  - integer: n\n',
    );
    const documents = await builder.build(
      plan,
      ['2', '9', '3', '4', '1', '2'].map((id) => key(id)),
    );
    expect(documents.map(({ id, body }) => [id, body])).toEqual([
      ['2', '{"n":20}'],
      ['9', null],
      ['3', null],
      ['4', null],
      ['1', '{"n":10}'],
      ['2', '{"n":20}'],
    ]);
    expect(new Set(documents.map(({ version }) => version)).size).toBe(1);
    expect(await builder.build(plan, [])).toEqual([]);
  });

  it('counts finished transactions: a version grows with every one of them, and only then', async () => {
    await database.query(
      'CREATE TABLE counted (id int PRIMARY KEY, n int); INSERT INTO counted VALUES (1, 0)',
    );
    const plan = await bindYaml(builder, 'table: counted\nfields:\n  - integer: n\n');
    const read = async () => {
      const [document] = await builder.build(plan, [key('1')]);
      if (document === undefined) throw new Error('no document');
      return document;
    };
    const open = await database.connect();
    await open.query('BEGIN; UPDATE counted SET n = -1');
    let last = await read();
    expect(last.body).toBe('{"n":0}');
    await open.query('ROLLBACK');
    for (let n = 1; n <= 20; n += 1) {
      await database.query(`UPDATE counted SET n = ${n}`);
      const next = await read();
      expect(next.version).toBeGreaterThan(last.version);
      expect(next.body).toBe(`{"n":${n}}`);
      last = next;
    }
  });

  it('keys of every type find their row, whichever way a capture prints them', async () => {
    await database.query(`
      CREATE TYPE kind AS ENUM ('b', 'a');
      CREATE TABLE keyed (b boolean, c char(5), e kind, d date, t timestamptz, m numeric, u uuid, i inet, x text,
        PRIMARY KEY (b, c, e, d, t, m, u, i, x));
      INSERT INTO keyed VALUES (true, 'ab', 'a', '2024-01-02', '2024-01-02 03:04:05+00', 1.50,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1', 'x|\\')`);
    const plan = await bindYaml(builder, 'table: keyed\nfields:\n  - keyword: x\n');
    const [scanned] = await scanAll(builder, plan);
    expect(scanned?.id).toBe(
      'true|ab|a|2024-01-02|2024-01-02 03:04:05+00|1.50|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|10.0.0.1|x\\|\\\\',
    );
    const table = { schema: 'public', name: 'keyed' };
    const rest = {
      e: 'a',
      d: '2024-01-02',
      t: '2024-01-02 03:04:05+00',
      m: '1.50',
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      x: 'x|\\',
    };
    const printed = { ...rest, b: 't', c: 'ab   ', i: '10.0.0.1' };
    const cast = { ...rest, b: 'true', c: 'ab', i: '10.0.0.1/32' };
    for (const after of [printed, cast]) {
      const [found] = await resolveAll(builder, plan, [{ table, operation: 'insert', after }]);
      expect(found?.id).toBe(scanned?.id);
      expect(await builder.build(plan, found === undefined ? [] : [found])).toMatchObject([
        { body: '{"x":"x|\\\\"}' },
      ]);
    }
  });

  it('a place belongs to the row that has its id now', async () => {
    await database.query(`
      CREATE TABLE slugs (id int PRIMARY KEY, slug text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, n int);
      INSERT INTO slugs VALUES (1, 'x', 1), (2, 'y', 2)`);
    const plan = await bindYaml(builder, 'table: slugs\ndoc_id: slug\nfields:\n  - integer: n\n');
    const changes = await changesOf(
      database,
      plan,
      { schema: 'public', name: 'slugs' },
      `UPDATE slugs SET slug = CASE slug WHEN 'x' THEN 'y' ELSE 'z' END`,
    );
    const keys = await resolveAll(builder, plan, changes);
    const built = await builder.build(plan, keys);
    expect(Object.fromEntries(built.map(({ id, body }) => [id, body]))).toEqual({
      x: null,
      y: '{"n":1}',
      z: '{"n":2}',
    });
  });

  it('a row with another routing is removed where it was, and then written where it is', async () => {
    await database.query(`
      CREATE TABLE routed (id int PRIMARY KEY, tenant text);
      INSERT INTO routed VALUES (1, 'new')`);
    const plan = await bindYaml(builder, 'table: routed\nrouting: tenant\nfields:\n  - integer: id\n');
    const built = await builder.build(plan, [{ key: ['1'], id: '1', routing: 'old' }]);
    expect(built).toMatchObject([
      { id: '1', routing: 'old', body: null },
      { id: '1', routing: 'new', body: '{"id":1}' },
    ]);
    expect(built[0]?.version).toBe(built[1]?.version);
  });

  it('says what to do when a column is gone, and goes on with other indexes', async () => {
    await database.query(
      'CREATE TABLE drifting (id int PRIMARY KEY, a int, b int); INSERT INTO drifting VALUES (1, 1, 2)',
    );
    const dropped = await bindYaml(builder, 'table: drifting\nfields:\n  - integer: a\n', 'dropped');
    const kept = await bindYaml(builder, 'table: drifting\nfields:\n  - integer: b\n', 'kept');
    await builder.build(dropped, [key('1')]);
    await database.query('ALTER TABLE drifting DROP COLUMN a');
    await expect(builder.build(dropped, [key('1')])).rejects.toMatchObject({
      code: 'SLUICE_SOURCE_DRIFT',
      message: expect.stringContaining('"dropped"'),
    });
    expect(await builder.build(kept, [key('1')])).toMatchObject([{ body: '{"b":2}' }]);
    await database.query('DROP TABLE drifting');
    await expect(builder.build(kept, [key('1')])).rejects.toMatchObject({ code: 'SLUICE_SOURCE_DRIFT' });
  });

  it('stops an index whose column has another kind of value, and takes a key that only got wider', async () => {
    await database.query(
      'CREATE TABLE retyped (id int PRIMARY KEY, n int); INSERT INTO retyped VALUES (1, 1)',
    );
    const plan = await bindYaml(builder, 'table: retyped\nfields:\n  - integer: n\n');
    const read = () => builder.build(plan, [key('1')]);
    expect(await Promise.all([read(), read(), read()])).toHaveLength(3);
    await database.query('ALTER TABLE retyped ALTER id TYPE bigint');
    expect(await Promise.all([read(), read(), read(), read()])).toMatchObject(
      Array(4).fill([{ body: '{"n":1}' }]),
    );
    await database.query(`ALTER TABLE retyped ALTER n TYPE text USING '1,"x":2'`);
    await expect(read()).rejects.toMatchObject({ code: 'SLUICE_SOURCE_DRIFT' });
  });

  it('survives the loss of its connections', async () => {
    await database.query('CREATE TABLE lost (id int PRIMARY KEY); INSERT INTO lost VALUES (1)');
    const plan = await bindYaml(builder, 'table: lost\nfields:\n  - integer: id\n');
    await builder.build(plan, [key('1')]);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sluice documents' AND datname = current_database()`,
    );
    const outcome = await builder.build(plan, [key('1')]).catch((error: unknown) => error);
    if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: 'SLUICE_SOURCE_UNAVAILABLE' });
    await expect
      .poll(() => builder.build(plan, [key('1')]).catch(() => []))
      .toMatchObject([{ body: '{"id":1}' }]);
  });

  it('gives back what it locked while it waits for a table that an application has locked', async () => {
    await database.query(`
      CREATE TABLE buyers (id int PRIMARY KEY, name text);
      CREATE TABLE sales (id int PRIMARY KEY, buyer int REFERENCES buyers);
      INSERT INTO buyers VALUES (1, 'before'); INSERT INTO sales VALUES (1, 1)`);
    const plan = await bindYaml(
      builder,
      'table: sales\nfields:\n  - integer: id\n  - {belongs_to: buyer, table: buyers, column: buyer, fields: [keyword: name]}\n',
    );
    const application = await database.connect();
    await application.query('BEGIN; LOCK TABLE buyers');
    const building = builder.build(plan, [key('1')]).catch((error: unknown) => error);
    const waits = "SELECT FROM pg_locks WHERE relation = 'buyers'::regclass AND NOT granted";
    await waitFor(async () => (await database.query(waits)).length > 0, { what: 'the build to wait' });
    await application.query("LOCK TABLE sales; UPDATE buyers SET name = 'after'; COMMIT");
    await application.end();
    expect(await building).toMatchObject([{ body: '{"id":1,"buyer":{"name":"after"}}' }]);
  });

  it('refuses a plan of another builder', async () => {
    await database.query('CREATE TABLE foreign_plan (id int PRIMARY KEY)');
    const plan = await bindYaml(builder, 'table: foreign_plan\nfields:\n  - integer: id\n');
    await expect(builder.build({ ...plan }, [key('1')])).rejects.toMatchObject({ code: 'SLUICE_INTERNAL' });
  });
});

describe('source', () => {
  it('names the database, its history and the present version', async () => {
    const state = await builder.source();
    expect(state).toMatchObject({
      timeline: '00000001',
      database: database.name,
      host: expect.stringMatching(/:\d+$/),
    });
    expect(state.system).toMatch(/^\d+$/);
    await database.query('CREATE TABLE moved_on ()');
    expect((await builder.source()).version).toBeGreaterThan(state.version);
  });
});

describe('explain, describe and locate', () => {
  it('show the statements, and where a key lies', async () => {
    await database.query(
      `CREATE TABLE shown (a int, b int, tenant text, PRIMARY KEY (a, b)); INSERT INTO shown VALUES (1, 2, 'x')`,
    );
    const plan = await bindYaml(builder, 'table: shown\nrouting: tenant\nfields:\n  - integer: a\n');
    const found = await builder.locate(plan, [
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(found).toEqual([{ key: ['1', '2'], id: '1|2', routing: 'x' }, null]);
    const { sql, plan: lines } = await builder.explain(plan, [key('1', '2')]);
    expect(sql).toBe(builder.describe(plan).build);
    expect(lines.join('\n')).toContain('shown');
  });
});
