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

/** One case: the field, the column's type, and literals with the JSON text each must give. */
interface Case {
  readonly type: string;
  readonly column: string;
  readonly values: readonly (readonly [sql: string, json: string])[];
  readonly more?: string;
  readonly before?: string;
  /** The first version of Postgres that has such a value. */
  readonly since?: number;
}

const cases: readonly Case[] = [
  {
    type: 'keyword',
    column: 'text',
    values: [
      [`'plain'`, '"plain"'],
      [
        `E'quote " back \\\\ slash / tab \\t newline \\n bell \\x07'`,
        '"quote \\" back \\\\ slash / tab \\t newline \\n bell \\u0007"',
      ],
      [`'żółć 😀'`, '"żółć 😀"'],
      [`''`, '""'],
      ['NULL', 'null'],
    ],
  },
  { type: 'text', column: 'varchar(20)', values: [[`'a b'`, '"a b"']] },
  { type: 'identifier', column: 'char(4)', values: [[`'ab'`, '"ab"']] },
  { type: 'keyword', column: 'name', values: [[`'n'`, '"n"']] },
  { type: 'keyword', column: '"char"', values: [[`'x'`, '"x"']] },
  {
    type: 'enum',
    column: 'mood',
    before: `CREATE TYPE mood AS ENUM ('happy', 'so "so"')`,
    values: [
      [`'so "so"'`, '"so \\"so\\""'],
      ['NULL', 'null'],
    ],
  },
  {
    type: 'uuid',
    column: 'uuid',
    values: [[`'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"']],
  },
  {
    type: 'boolean',
    column: 'boolean',
    values: [
      ['true', 'true'],
      ['false', 'false'],
      ['NULL', 'null'],
    ],
  },
  { type: 'short', column: 'smallint', values: [['-32768', '-32768']] },
  { type: 'integer', column: 'integer', values: [['2147483647', '2147483647']] },
  {
    type: 'long',
    column: 'bigint',
    values: [
      ['9223372036854775807', '9223372036854775807'],
      ['NULL', 'null'],
    ],
  },
  {
    type: 'float',
    column: 'real',
    values: [
      ['3.1415927', '3.1415927'],
      [`'NaN'`, 'null'],
      [`'-Infinity'`, 'null'],
    ],
  },
  {
    type: 'double',
    column: 'double precision',
    values: [
      ['0.1::float8 + 0.2', '0.30000000000000004'],
      ['1e300', '1e+300'],
      [`'Infinity'`, 'null'],
      [`'NaN'`, 'null'],
    ],
  },
  {
    type: 'decimal',
    column: 'numeric',
    values: [
      ['12345678901234567890.12345678901234567890', '12345678901234567890.12345678901234567890'],
      ['1.50', '1.50'],
      [`'NaN'`, 'null'],
    ],
  },
  { type: 'decimal', column: 'numeric', since: 14, values: [[`'-Infinity'`, 'null']] },
  { type: 'decimal', column: 'money', values: [[`'-1234.5'`, '-1234.50']] },
  {
    type: 'date',
    column: 'date',
    values: [
      [`'2024-02-29'`, '"2024-02-29"'],
      [`'infinity'`, 'null'],
      [`'0044-03-15 BC'`, 'null'],
      [`'9999-12-31'`, '"9999-12-31"'],
      [`'10000-01-01'`, 'null'],
    ],
  },
  {
    type: 'timestamp',
    column: 'timestamptz',
    values: [
      [`'2024-05-06 07:08:09.123456+02'`, '"2024-05-06T05:08:09.123456+00:00"'],
      [`'9999-12-31 23:59:59.999999+00'`, '"9999-12-31T23:59:59.999999+00:00"'],
      [`'10000-01-01 00:00+00'`, 'null'],
      [`'-infinity'`, 'null'],
    ],
  },
  {
    type: 'timestamp',
    column: 'timestamp',
    values: [
      [`'2024-05-06 07:08:09'`, '"2024-05-06T07:08:09+00:00"'],
      [`'0001-01-01 00:00:00'`, '"0001-01-01T00:00:00+00:00"'],
      [`'0001-12-31 00:00:00 BC'`, 'null'],
      [`'infinity'`, 'null'],
    ],
  },
  {
    type: 'binary',
    column: 'bytea',
    values: [
      [`'\\x00ff'`, '"AP8="'],
      [`decode(repeat('41', 120), 'hex')`, `"${Buffer.alloc(120, 0x41).toString('base64')}"`],
      ['NULL', 'null'],
    ],
  },
  {
    type: 'json',
    column: 'json',
    values: [
      [`E'{"b": 1.00,\\n "a": [1, "x"]}'`, '{"b": 1.00,  "a": [1, "x"]}'],
      [`'"nul \\u0000 here"'`, 'null'],
      [`'"escaped \\\\u0000 backslash"'`, '"escaped \\\\u0000 backslash"'],
      [`'null'`, 'null'],
    ],
  },
  {
    type: 'json',
    column: 'jsonb',
    values: [
      [`'{"n": 12345678901234567890.10, "s": "a\\"b"}'`, '{"n": 12345678901234567890.10, "s": "a\\"b"}'],
    ],
  },
  {
    type: 'keyword',
    column: 'text',
    more: 'transforms: [trim, lowercase]',
    values: [
      [`E' \\t ABC x\\n'`, '"abc x"'],
      ['NULL', 'null'],
    ],
  },
  {
    type: 'keyword',
    column: 'text',
    more: 'default: none',
    values: [
      ['NULL', '"none"'],
      [`'some'`, '"some"'],
    ],
  },
  {
    type: 'integer',
    column: 'integer',
    more: 'default: 0',
    values: [
      ['NULL', '0'],
      ['3', '3'],
    ],
  },
  {
    type: 'boolean',
    column: 'boolean',
    more: 'default: false',
    values: [
      ['NULL', 'false'],
      ['true', 'true'],
    ],
  },
  {
    type: 'keyword',
    column: 'text[]',
    values: [
      [`ARRAY['a', NULL, 'q"']`, '["a",null,"q\\""]'],
      [`'{}'`, '[]'],
      ['NULL', 'null'],
      [`'{{a,b},{c,d}}'`, '["a","b","c","d"]'],
    ],
  },
  {
    type: 'keyword',
    column: 'text[]',
    more: 'transforms: [lowercase]',
    values: [[`ARRAY['A', 'B']`, '["a","b"]']],
  },
  { type: 'long', column: 'bigint[]', values: [[`'{3,1,2}'`, '[3,1,2]']] },
  { type: 'double', column: 'float8[]', values: [[`'{1.5,NaN}'`, '[1.5,null]']] },
  {
    type: 'timestamp',
    column: 'timestamp[]',
    values: [[`'{2024-01-02 03:04:05}'`, '["2024-01-02T03:04:05+00:00"]']],
  },
  { type: 'keyword', column: 'mood[]', values: [[`'{happy}'::mood[]`, '["happy"]']] },
  {
    type: 'decimal',
    column: 'price',
    before: 'CREATE DOMAIN price AS numeric(10,2) CHECK (value >= 0)',
    values: [
      ['7', '7.00'],
      ['NULL', 'null'],
    ],
  },
  { type: 'keyword', column: 'tags', before: 'CREATE DOMAIN tags AS text[]', values: [[`'{a}'`, '["a"]']] },
  {
    type: 'integer',
    column: 'positive[]',
    before: 'CREATE DOMAIN positive AS int CHECK (value > 0)',
    values: [[`'{1,2}'`, '[1,2]']],
  },
];

async function version(): Promise<number> {
  const [row] = await database.query<{ number: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS number",
  );
  return row?.number ?? 0;
}

describe('the value of a field', () => {
  it.for(cases.map((each, at) => ({ ...each, at })))(
    '$type from $column $more',
    async ({ type, column, values, more, before, since, at }, { skip }) => {
      if (since !== undefined) skip((await version()) < since, `Since Postgres ${since}.`);
      if (before !== undefined) await database.query(before);
      await database.query(`CREATE TABLE v${at} (id int PRIMARY KEY, v ${column})`);
      for (const [id, [sql]] of values.entries()) {
        await database.query(`INSERT INTO v${at} VALUES (${id}, ${sql})`);
      }
      const plan = await bindYaml(
        builder,
        `table: v${at}\nfields:\n  - ${type}: v\n${more === undefined ? '' : `    ${more}\n`}`,
      );
      const expected = Object.fromEntries(values.map(([, json], id) => [String(id), `{"v":${json}}`]));
      expect(await bodies(builder, plan)).toEqual(expected);
    },
  );

  it('custom takes the form that Postgres gives the type in JSON', async () => {
    await database.query(
      `CREATE TABLE odd (id int PRIMARY KEY, t time, r int4range, i interval, a inet, p point)`,
    );
    await database.query(
      `INSERT INTO odd VALUES (1, '10:20:30', '[1,5)', '1 day 2 hours', '10.0.0.1', '(1,2)')`,
    );
    const plan = await bindYaml(
      builder,
      `
table: odd
fields:
  - custom: t
    postgres: [time]
    opensearch: keyword
  - custom: r
    postgres: [int4range]
    opensearch: keyword
  - custom: i
    postgres: [interval]
    opensearch: keyword
  - custom: a
    postgres: [inet]
    opensearch: ip
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"t":"10:20:30","r":"[1,5)","i":"1 day 02:00:00","a":"10.0.0.1"}',
    });
  });

  it('geo is null when a coordinate is', async () => {
    await database.query(
      `CREATE TABLE places (id int PRIMARY KEY, lat float8, lon numeric, at point, doc jsonb, txt text)`,
    );
    await database.query(`INSERT INTO places VALUES
      (1, 52.5, 13.40, '(13.4,52.5)', '{"lat": 1, "lon": 2}', '52.5,13.4'),
      (2, NULL, 13.4, NULL, '{"lat": null, "lon": 2}', NULL),
      (3, 'NaN', 13.4, '(NaN,1)', '[13.4, 52.5]', 'u33d'),
      (4, 1, NULL, NULL, '{"type": "Point", "coordinates": [1, 2]}', NULL)`);
    const plan = await bindYaml(
      builder,
      `
table: places
fields:
  - geo: point
    lat: lat
    lon: lon
  - geo: at
    column: at
  - geo: doc
    column: doc
  - geo: txt
    column: txt
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"point":{"lat":52.5,"lon":13.40},"at":{"lat":52.5,"lon":13.4},"doc":{"lat": 1, "lon": 2},"txt":"52.5,13.4"}',
      '2': '{"point":null,"at":null,"doc":null,"txt":null}',
      '3': '{"point":null,"at":null,"doc":[13.4, 52.5],"txt":"u33d"}',
      '4': '{"point":null,"at":null,"doc":{"type": "Point", "coordinates": [1, 2]},"txt":null}',
    });
  });

  it('maps, constants and objects of the same row', async () => {
    await database.query(`CREATE TABLE shapes (id int PRIMARY KEY, attrs jsonb, "Weird ""Name" text)`);
    await database.query(
      `INSERT INTO shapes VALUES (1, '{"a": 1}', 'x'), (2, '[1]', NULL), (3, NULL, E'it''s')`,
    );
    const plan = await bindYaml(
      builder,
      `
table: shapes
fields:
  - map: attrs
    values: long
  - constant: kind
    value: "o'clock \\"\\\\"
  - object: inner
    fields:
      - keyword: 'Weird "Name'
      - constant: list
        value: {a: [1, null, true]}
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': String.raw`{"attrs":{"a": 1},"kind":"o'clock \"\\","inner":{"Weird \"Name":"x","list":{"a":[1,null,true]}}}`,
      '2': String.raw`{"attrs":null,"kind":"o'clock \"\\","inner":{"Weird \"Name":null,"list":{"a":[1,null,true]}}}`,
      '3': String.raw`{"attrs":null,"kind":"o'clock \"\\","inner":{"Weird \"Name":"it's","list":{"a":[1,null,true]}}}`,
    });
  });

  it('objects may have hundreds of fields with names of any length, in the order of the schema', async () => {
    const names = Array.from({ length: 400 }, (_unused, at) => `${'long_name_'.repeat(8)}${399 - at}`);
    await database.query('CREATE TABLE wide (id int PRIMARY KEY, v int)');
    await database.query('INSERT INTO wide VALUES (1, 7)');
    const plan = await bindYaml(
      builder,
      `table: wide\nfields:\n${names.map((name) => `  - integer: ${name}\n    column: v\n`).join('')}`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': `{${names.map((name) => `"${name}":7`).join(',')}}`,
    });
  });
});
