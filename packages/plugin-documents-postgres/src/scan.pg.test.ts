import type { Document, IndexPlan } from '@sluice/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, openDocuments, scanAll } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';
import { splitRoot } from './read/scan.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE TYPE size AS ENUM ('s', 'l', 'm');
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

async function scanRanges(
  plan: IndexPlan,
  size: number,
): Promise<{ ids: string[]; sizes: number[]; rows: number }> {
  const { ranges, rows } = await builder.split(plan, size);
  expect(ranges[0]?.from).toBeNull();
  expect(ranges.at(-1)?.to).toBeNull();
  const ids: string[] = [];
  const sizes: number[] = [];
  for (const [at, range] of ranges.entries()) {
    if (at > 0) expect(range.from).toEqual(ranges[at - 1]?.to);
    let count = 0;
    for await (const page of builder.scan(plan, range, 7)) {
      expect(page.length).toBeGreaterThan(0);
      expect(page.length).toBeLessThanOrEqual(7);
      ids.push(...page.map(({ id }: Document) => id));
      count += page.length;
    }
    sizes.push(count);
  }
  return { ids, sizes, rows };
}

const words = `(ARRAY['Ä', 'a', 'B', 'b', '', 'é', 'Z', '_', '-', '1'])`;

describe('split and scan', () => {
  it.each([
    ['int', 'id int PRIMARY KEY', 'SELECT i * 3 - 500'],
    ['uuid', 'id uuid PRIMARY KEY', 'SELECT md5(i::text)::uuid'],
    [
      'text in a language',
      'id text PRIMARY KEY',
      `SELECT ${words}[1 + i % 10] || i % 7 || ${words}[1 + i % 9] || i`,
    ],
    ['text in C', 'id text COLLATE "C" PRIMARY KEY', `SELECT ${words}[1 + i % 10] || i`],
    ['text without case', 'id text COLLATE nocase PRIMARY KEY', `SELECT ${words}[1 + i % 10] || i`],
    ['numeric', 'id numeric PRIMARY KEY', 'SELECT i * 1.01'],
    ['date', 'id date PRIMARY KEY', `SELECT date '2000-01-01' - 150 + i`],
    [
      'timestamptz',
      'id timestamptz PRIMARY KEY',
      `SELECT timestamptz '2000-01-01 00:00:00.5+00' + i * interval '1.37 s'`,
    ],
    [
      'composite',
      'a text, b size, c int, PRIMARY KEY (a, b, c)',
      `SELECT ${words}[1 + i % 10], (enum_range(NULL::size))[1 + i % 3], i / 30`,
    ],
  ])('cover every %s key once', async (_name, columns, rows) => {
    await database.query(
      `DROP TABLE IF EXISTS keys; CREATE TABLE keys (${columns}, v int); INSERT INTO keys ${rows} FROM generate_series(1, 300) i`,
    );
    const plan = await bindYaml(builder, 'table: keys\nfields:\n  - integer: v\n');
    const { ids, sizes, rows: total } = await scanRanges(plan, 40);
    const all = await scanAll(builder, plan);
    expect(all).toHaveLength(300);
    expect(ids).toEqual(all.map(({ id }) => id));
    expect(new Set(ids).size).toBe(300);
    expect(total).toBe(300);
    expect(sizes).toEqual([40, 40, 40, 40, 40, 40, 40, 20]);
  });

  it('an empty table is one open range', async () => {
    await database.query('CREATE TABLE nothing (id int PRIMARY KEY)');
    const plan = await bindYaml(builder, 'table: nothing\nfields:\n  - integer: id\n');
    expect(await builder.split(plan, 10)).toEqual({ ranges: [{ from: null, to: null }], rows: 0 });
    expect(await scanAll(builder, plan)).toEqual([]);
  });

  it('scans only documents, and in pages however few rows are documents', async () => {
    await database.query(
      'CREATE TABLE sparse (id int PRIMARY KEY, n int); INSERT INTO sparse SELECT i, i % 50 FROM generate_series(1, 1000) i',
    );
    const plan = await bindYaml(
      builder,
      'table: sparse\nfilters:\n  - {column: n, op: eq, value: 7}\nfields:\n  - integer: n\n',
    );
    const { ids } = await scanRanges(plan, 300);
    expect(ids).toEqual(Array.from({ length: 20 }, (_unused, at) => String(at * 50 + 7)));
  });

  it('reads large documents in small pages, and small ones in full pages', async () => {
    await database.query(`
      CREATE TABLE sized (id int PRIMARY KEY, content text);
      INSERT INTO sized SELECT i, repeat('x', 200000) FROM generate_series(1, 150) i;
      INSERT INTO sized SELECT i, 'x' FROM generate_series(151, 3000) i`);
    const plan = await bindYaml(builder, 'table: sized\nfields:\n  - text: content\n');
    const pages: (readonly Document[])[] = [];
    for await (const page of builder.scan(plan, { from: null, to: null }, 500)) pages.push(page);
    expect(pages.flat().map(({ id }) => id)).toEqual(
      Array.from({ length: 3000 }, (_unused, at) => String(at + 1)),
    );
    const texts = pages.map((page) => page.reduce((sum, { body }) => sum + (body?.length ?? 0), 0));
    // The first one is read before anything is known.
    expect(pages[0]).toHaveLength(50);
    expect(Math.max(...texts.slice(1))).toBeLessThan(4.5 * 1024 * 1024);
    expect(pages[1]).toHaveLength(20);
    expect(Math.max(...pages.map((page) => page.length))).toBe(500);
  });

  it('parts a large table by a sample of its blocks', async () => {
    await database.query(`
      CREATE TABLE large (id uuid PRIMARY KEY, v int);
      INSERT INTO large SELECT md5(i::text)::uuid FROM generate_series(1, 30000) i;
      ANALYZE large`);
    const plan = await bindYaml(builder, 'table: large\nfields:\n  - integer: v\n');
    const compiled = builder.compiled(plan);
    const { ranges } = await splitRoot(builder.session, compiled, 1000, { exactRows: 0 });
    expect(ranges).toHaveLength(30);
    const sizes: number[] = [];
    for (const range of ranges) {
      let count = 0;
      for await (const page of builder.scan(plan, range, 5000)) count += page.length;
      sizes.push(count);
    }
    expect(sizes.reduce((sum, size) => sum + size)).toBe(30000);
    expect(Math.max(...sizes)).toBeLessThan(5000);
  });

  it('walks the index of the key, without sorting the table', async () => {
    const plan = await bindYaml(builder, 'table: large\nfields:\n  - integer: v\n');
    const { scan } = builder.describe(plan);
    const client = await database.connect();
    await client.query('SET plan_cache_mode = force_generic_plan');
    await client.query(`PREPARE page AS ${scan}`);
    const { rows } = await client.query(
      `EXPLAIN EXECUTE page('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 100)`,
    );
    const lines = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(lines).toContain('Index Scan using large_pkey');
    expect(lines).not.toContain('Sort');
  });
});

describe('absent', () => {
  it('gives the places that hold no document now, as deletes', async () => {
    await database.query(`
      CREATE TABLE held (id int PRIMARY KEY, tenant text, n int);
      INSERT INTO held VALUES (1, 'a', 1), (2, 'b', 1), (3, NULL, 1), (4, 'a', -1)`);
    const plan = await bindYaml(
      builder,
      'table: held\nrouting: tenant\nfilters:\n  - {raw: "10 / n > 0"}\nfields:\n  - integer: n\n',
    );
    const place = (id: string, routing: string | null = null) => ({ id, routing });
    const gone = await builder.absent(plan, [
      place('1', 'a'),
      place('2', 'a'),
      place('3'),
      place('4', 'a'),
      place('5'),
      place('no number'),
      place('99999999999999999999'),
      place('1\u0000'),
    ]);
    expect(gone.filter(({ id }) => id !== '2').map(({ id, routing, body }) => [id, routing, body])).toEqual([
      ['4', 'a', null],
      ['5', null, null],
      ['no number', null, null],
      ['99999999999999999999', null, null],
      ['1\u0000', null, null],
    ]);
    expect(gone.every(({ version }) => version > 0n)).toBe(true);
    // A filter that fails on a row is no proof that the row is gone.
    await database.query('UPDATE held SET n = 0 WHERE id = 1');
    await expect(builder.absent(plan, [place('1', 'a')])).rejects.toMatchObject({
      message: expect.stringContaining('division by zero'),
    });
    expect(await builder.absent(plan, [])).toEqual([]);
  });

  it('gives the document of a row that lies at another routing after its delete, for both may be on one shard', async () => {
    await database.query(`
      CREATE TABLE moved (id int PRIMARY KEY, tenant text, n int);
      INSERT INTO moved VALUES (1, 'new', 1), (2, NULL, 2), (3, 'same', 3)`);
    const plan = await bindYaml(builder, 'table: moved\nrouting: tenant\nfields:\n  - integer: n\n');
    const documents = await builder.absent(plan, [
      { id: '1', routing: 'old' },
      { id: '2', routing: 'old' },
      { id: '3', routing: 'same' },
      { id: '4', routing: 'old' },
    ]);
    const of = (id: string) => documents.filter((document) => document.id === id);
    expect(of('1')).toMatchObject([
      { routing: 'old', body: null },
      { routing: 'new', body: '{"n":1}' },
    ]);
    expect(of('1')[0]?.version).toBe(of('1')[1]?.version);
    expect(of('2')).toMatchObject([
      { routing: 'old', body: null },
      { routing: null, body: '{"n":2}' },
    ]);
    expect(of('3')).toEqual([]);
    expect(of('4')).toMatchObject([{ routing: 'old', body: null }]);
  });

  it('reads ids made of several columns back', async () => {
    await database.query(
      `CREATE TABLE pairs (a text, b text, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES ('x|y', 'z'), ('x', 'y|z')`,
    );
    const plan = await bindYaml(builder, 'table: pairs\nfields:\n  - keyword: a\n');
    const ids = (await scanAll(builder, plan)).map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(['x\\|y|z', 'x|y\\|z']));
    const places = [...ids, 'x|y|z', 'x', 'a|b'].map((id) => ({ id, routing: null }));
    expect((await builder.absent(plan, places)).map(({ id }) => id)).toEqual(['x|y|z', 'x', 'a|b']);
  });
});
