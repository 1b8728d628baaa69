import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, bodies, openDocuments } from '../test/documents.ts';
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

describe('filters', () => {
  const docs = async (filters: string): Promise<string[]> => {
    const plan = await bindYaml(builder, `table: samples\nfilters:\n${filters}\nfields:\n  - integer: n\n`);
    return Object.keys(await bodies(builder, plan)).sort();
  };

  beforeAll(async () => {
    await database.query(`
      CREATE TYPE level AS ENUM ('low', 'mid', 'high');
      CREATE TABLE samples (id text PRIMARY KEY, n int, t text, l level, d date, b boolean, u uuid, m numeric);
      INSERT INTO samples VALUES
        ('a', 1, 'Apple', 'low', '2024-01-01', true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.0),
        ('b', 2, 'it''s \\', 'mid', '2024-06-01', false, NULL, 2.50),
        ('c', NULL, NULL, 'high', NULL, NULL, NULL, NULL)`);
  });

  it.each([
    ['eq', '  - {column: n, op: eq, value: 1}', ['a']],
    ['neq leaves out NULL', '  - {column: n, op: neq, value: 1}', ['b']],
    ['lt', '  - {column: n, op: lt, value: 2}', ['a']],
    ['lte', '  - {column: n, op: lte, value: 2}', ['a', 'b']],
    ['gt on an enum in rank order', '  - {column: l, op: gt, value: low}', ['b', 'c']],
    ['gte on dates', '  - {column: d, op: gte, value: "2024-06-01"}', ['b']],
    ['in', '  - {column: l, op: in, value: [low, high]}', ['a', 'c']],
    ['not_in', '  - {column: l, op: not_in, value: [low, high]}', ['b']],
    ['between', '  - {column: m, op: between, value: [1, 2]}', ['a']],
    ['like', '  - {column: t, op: like, value: "A%"}', ['a']],
    ['ilike', '  - {column: t, op: ilike, value: "%PP%"}', ['a']],
    ['is_null', '  - {column: n, op: is_null}', ['c']],
    ['is_not_null', '  - {column: n, op: is_not_null}', ['a', 'b']],
    ['eq with quotes and backslashes', `  - {column: t, op: eq, value: "it's \\\\"}`, ['b']],
    ['eq on booleans', '  - {column: b, op: eq, value: true}', ['a']],
    ['uuid in any spelling', '  - {column: u, op: eq, value: A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}', ['a']],
    ['all of a list', '  - {column: n, op: gte, value: 1}\n  - {column: t, op: like, value: "it%"}', ['b']],
    ['raw', `  - {raw: "coalesce(n, 0) + 1 > 1 AND lower(t) <> 'x;'"}`, ['a', 'b']],
    [
      'raw with casts and dates',
      `  - {raw: "date_trunc('year', d) = '2024-01-01'::timestamptz AND NOT b"}`,
      ['b'],
    ],
  ])('%s', async (_name, filters, expected) => {
    expect(await docs(filters)).toEqual(expected);
  });

  it('soft_delete takes a row out when its column says so', async () => {
    await database.query(`
      CREATE TABLE soft (id int PRIMARY KEY, gone boolean, at timestamptz, state text);
      INSERT INTO soft VALUES (1, NULL, NULL, 'live'), (2, false, NULL, NULL), (3, true, now(), 'dead')`);
    const ids = async (rule: string) =>
      Object.keys(
        await bodies(
          builder,
          await bindYaml(builder, `table: soft\nsoft_delete:\n${rule}\nfields:\n  - keyword: state\n`),
        ),
      );
    expect(await ids('  column: gone')).toEqual(['1', '2']);
    expect(await ids('  column: at')).toEqual(['1', '2']);
    expect(await ids('  column: state\n  when:\n    - {column: state, op: eq, value: dead}')).toEqual([
      '1',
      '2',
    ]);
    expect(await ids(`  column: state\n  when:\n    - {raw: "state = 'dead'"}`)).toEqual(['1', '2']);
  });

  it('a row that is not marked stays, whatever the `when` of soft_delete says', async () => {
    await database.query(`
      CREATE TABLE marked (id int PRIMARY KEY, gone boolean, state text);
      INSERT INTO marked VALUES (1, NULL, 'dead'), (2, false, 'dead'), (3, true, 'live'), (4, true, 'dead'), (5, true, NULL)`);
    const plan = await bindYaml(
      builder,
      'table: marked\nsoft_delete:\n  column: gone\n  when:\n    - {column: state, op: eq, value: dead}\nfields:\n  - keyword: state\n',
    );
    expect(Object.keys(await bodies(builder, plan))).toEqual(['1', '2', '3', '5']);
  });
});
