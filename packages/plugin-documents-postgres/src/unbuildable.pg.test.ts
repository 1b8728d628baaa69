import type { UnbuildableDocument } from '@sluice/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, openDocuments, resolveAll, scanAll } from '../test/documents.ts';
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

const code = 'SLUICE_DOCUMENT_UNBUILDABLE';
const place = (id: string, key: readonly string[] = [id]) => ({ key, id, routing: null });
const places = (count: number) => Array.from({ length: count }, (_unused, at) => place(String(at + 1)));

it.each([
  ['a division by zero', 'n int', '0', '  - {raw: "10 / n > 0"}', 'division by zero'],
  ['a bad cast', 'n text', `'x'`, `  - {raw: "n::int > 0"}`, 'invalid input syntax for type integer: "x"'],
  [
    'a domain that refuses',
    'n int',
    '7',
    '  - {raw: "n::public.odd > 0"}',
    'value for domain public.odd violates check constraint "odd_check"',
  ],
])(
  '%s names the row, whichever way it is read, and ends when it is mended',
  async (_what, column, bad, filter, reason) => {
    await database.query(`
    DROP TABLE IF EXISTS failing;
    DROP DOMAIN IF EXISTS odd;
    CREATE DOMAIN odd AS int CONSTRAINT odd_check CHECK (value <> 7);
    CREATE TABLE failing (id int PRIMARY KEY, ${column});
    INSERT INTO failing SELECT i, '1' FROM generate_series(1, 500) i;
    UPDATE failing SET n = ${bad} WHERE id = 333`);
    const plan = await bindYaml(builder, `table: failing\nfilters:\n${filter}\nfields:\n  - integer: id\n`);
    const error = {
      code,
      message: expect.stringContaining(`"test" for the row of public.failing with id = 333: ${reason}`),
      hint: expect.stringContaining('Mend the row'),
    };
    const scan = async (pageSize: number) => {
      const ids: string[] = [];
      for await (const page of builder.scan(plan, { from: ['300'], to: ['400'] }, pageSize)) {
        expect(page.length).toBeLessThanOrEqual(pageSize);
        ids.push(...page.map(({ id }) => id));
      }
      return ids;
    };
    const reads = [
      () => builder.build(plan, places(500)),
      () => builder.absent(plan, places(500)),
      () => scan(20),
      () => scan(500),
    ];
    for (const read of reads) {
      await expect(read()).rejects.toMatchObject(error);
    }
    // However Postgres reads the table: a row that was not asked for is no reason to fail.
    expect(await builder.build(plan, places(332))).toHaveLength(332);
    await database.query(`UPDATE failing SET n = '1' WHERE id = 333`);
    expect(await builder.build(plan, places(500))).toHaveLength(500);
    expect(await scan(20)).toEqual(Array.from({ length: 100 }, (_unused, at) => String(at + 301)));
  },
);

it('says what failed where the filter names its columns with their schema', async () => {
  await database.query('CREATE TABLE spelt (id int PRIMARY KEY, n int); INSERT INTO spelt VALUES (1, 0)');
  const plan = await bindYaml(
    builder,
    'table: spelt\nfilters:\n  - {raw: "10 / public.spelt.n > 0"}\nfields:\n  - integer: id\n',
  );
  await expect(builder.build(plan, places(1))).rejects.toMatchObject({
    code,
    message: expect.stringContaining('documents of "test": division by zero'),
  });
});

it('names the row whose document fails on a related row', async () => {
  await database.query(`
    CREATE TABLE parents (a text, b int, PRIMARY KEY (a, b));
    CREATE TABLE children (id int PRIMARY KEY, a text, b int, n int);
    INSERT INTO parents SELECT 'p', i FROM generate_series(1, 50) i;
    INSERT INTO children SELECT i, 'p', i, i - 20 FROM generate_series(1, 50) i`);
  const plan = await bindYaml(
    builder,
    'table: parents\nfields:\n  - has_many: children\n    table: children\n    foreign_key: [a, b]\n    filters:\n      - {raw: "10 / n <> 0"}\n    fields:\n      - integer: n\n',
  );
  await expect(scanAll(builder, plan)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('with a = p, b = 20: division by zero'),
  });
});

it('a NUL in json, which no text can hold, stops one index alone', async () => {
  await database.query(`
    CREATE TABLE nul (id int PRIMARY KEY, data json);
    INSERT INTO nul VALUES (1, '{"lat": 1, "lon": 2}'), (2, '{"lat": "\\u0000", "lon": 2}')`);
  const plan = await bindYaml(builder, 'table: nul\nfields:\n  - geo: data\n');
  await expect(scanAll(builder, plan)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('with id = 2: unsupported Unicode escape sequence'),
  });
});

it('a change below a failing row still leads to its documents', async () => {
  await database.query(`
    CREATE TABLE owners (id int PRIMARY KEY);
    CREATE TABLE parts (id int PRIMARY KEY, owner_id int, n int);
    CREATE TABLE pieces (id int PRIMARY KEY, part_id int);
    INSERT INTO owners VALUES (1); INSERT INTO parts VALUES (1, 1, 0); INSERT INTO pieces VALUES (1, 1)`);
  const plan = await bindYaml(
    builder,
    'table: owners\nfields:\n  - has_many: parts\n    table: parts\n    foreign_key: owner_id\n    filters:\n      - {raw: "10 / n <> 0"}\n    fields:\n      - has_many: pieces\n        table: pieces\n        foreign_key: part_id\n        fields:\n          - integer: id\n',
  );
  const table = { schema: 'public', name: 'pieces' };
  const after = { id: '1', part_id: '1' };
  expect(await resolveAll(builder, plan, [{ table, operation: 'insert', after }])).toMatchObject([
    { id: '1' },
  ]);
});

it("an id or key that its type refuses is nobody's, not a failure", async () => {
  await database.query('CREATE TABLE typed (id int PRIMARY KEY); INSERT INTO typed VALUES (1), (2)');
  const plan = await bindYaml(builder, 'table: typed\nfields:\n  - integer: id\n');
  const built = await builder.build(plan, [place('1'), place('x', []), place('2')]);
  expect(built.map(({ id, body }) => [id, body])).toEqual([
    ['1', '{"id":1}'],
    ['x', null],
    ['2', '{"id":2}'],
  ]);
  expect(await builder.locate(plan, [['1'], ['x'], ['2']])).toMatchObject([{ id: '1' }, null, { id: '2' }]);
});

it('tells of each row that fails, and reads all others, whichever way it is read', async () => {
  await database.query(`
    CREATE TABLE several (id int PRIMARY KEY, n int NOT NULL);
    INSERT INTO several SELECT i, i % 50 FROM generate_series(1, 200) i`);
  const plan = await bindYaml(
    builder,
    'table: several\nfilters:\n  - {raw: "10 / n >= 0"}\nfields:\n  - integer: id\n',
  );
  const failing = ['50', '100', '150', '200'];
  const others = places(200).filter(({ id }) => !failing.includes(id));
  const told: UnbuildableDocument[] = [];
  const tell = (row: UnbuildableDocument) => void told.push(row);
  const expectTold = () => {
    const expected = failing.map((id) => ({
      ...place(id),
      version: expect.any(BigInt),
      reason: 'division by zero',
    }));
    expect(told.splice(0)).toEqual(expected);
  };

  const built = await builder.build(plan, places(200), tell);
  expect(built.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
  expectTold();
  for (const pageSize of [7, 500]) {
    const scanned: string[] = [];
    for await (const page of builder.scan(plan, { from: null, to: null }, pageSize, tell)) {
      scanned.push(...page.map(({ id }) => id));
    }
    expect(scanned).toEqual(others.map(({ id }) => id));
    expectTold();
  }
  expect(await builder.absent(plan, [...places(200), place('999')], tell)).toMatchObject([{ id: '999' }]);
  expectTold();
});

it('tells of a row that fails at a version that sees the row as it failed', async () => {
  await database.query(
    'CREATE TABLE failed_at (id int PRIMARY KEY, n int); INSERT INTO failed_at VALUES (1, 0)',
  );
  const plan = await bindYaml(
    builder,
    'table: failed_at\nfilters:\n  - {raw: "10 / n >= 0"}\nfields:\n  - integer: id\n',
  );
  const before = await builder.version();
  const told: UnbuildableDocument[] = [];
  await builder.build(plan, places(1), (row) => void told.push(row));
  await database.query('UPDATE failed_at SET n = 1');
  const [mended] = await builder.build(plan, places(1));
  expect(told[0]?.version).toBeGreaterThanOrEqual(before);
  expect(mended?.version).toBeGreaterThan(told[0]?.version ?? 0n);
});
