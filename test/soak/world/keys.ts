import type { Random } from '../random.ts';
import { type Area, quoted } from './area.ts';

interface KeyType {
  readonly type: string;
  /** SQL literals; two may be equal by the type's own comparison. */
  readonly values: readonly string[];
}

/** Keys of every kind that orders, prints or compares in a way of its own. */
export const keyTypes: Readonly<Record<string, KeyType>> = {
  uuid: {
    type: 'uuid',
    values: Array.from(
      { length: 12 },
      (_unused, n) => `'${n.toString(16)}0000000-0000-4000-8000-00000000000${n.toString(16)}'`,
    ),
  },
  text: {
    type: 'text',
    values: [
      'plain',
      'a|b\\c',
      '\\|',
      'it\'s "quoted", {1,2}',
      'ü 😀 ß',
      ' blank ',
      '100%/?#&+ø',
      'two\nlines\tand a tab',
      'NULL',
      '$1',
      '{"json": [1]}',
      '_',
    ].map(quoted),
  },
  date: {
    type: 'date',
    values: [
      "'2026-01-01'",
      "'0044-03-15 BC'",
      "'9999-12-31'",
      "'2026-02-28'",
      "'infinity'",
      "'-infinity'",
      "'2024-02-29'",
    ],
  },
  timestamptz: {
    type: 'timestamptz',
    values: [
      "'2026-01-01 00:00+02'",
      "'2026-10-25 02:30+02'",
      "'2026-10-25 02:30+01'",
      "'1970-01-01 00:00+00'",
      "'2026-01-01 00:00:00.123456+00'",
      "'infinity'",
    ],
  },
  numeric: {
    type: 'numeric',
    values: [
      '1.50',
      '1.5',
      '-0.000000000000000000001',
      '123456789012345678901234567890',
      '0',
      '0.00',
      '-7',
      '1e3',
    ],
  },
  bigint: {
    type: 'bigint',
    values: [
      '9007199254740993',
      '9007199254740992',
      '-9223372036854775808',
      '9223372036854775807',
      '7',
      '0',
      '-1',
    ],
  },
  enum: { type: 'mood', values: ["'sad'", "'so so'", "'happy'", "'ÜBER'", "'it''s'"] },
  char: { type: 'char(6)', values: ["'a'", "'a  '", "'bb'", "'cccccc'", "'x y'"] },
};

/** A table with keys of this type, its children, and an index over both. */
export function keyArea(name: string): Area {
  const keyType = keyTypes[name];
  if (keyType === undefined) throw new Error(`There are no keys of type ${name}.`);
  const { type, values } = keyType;
  const key = (random: Random) => random.pick(values);
  const owner = (random: Random) => (random.chance(10) ? 'NULL' : key(random));
  const child = (random: Random) => random.between(1, 40);
  const text = (random: Random) => `'label ${random.below(1e6)}'`;
  return {
    tables: `
${name === 'enum' ? "CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy', 'ÜBER', 'it''s');" : ''}
CREATE TABLE k_${name} (id ${type} PRIMARY KEY, label text);
CREATE TABLE c_${name} (
  id integer PRIMARY KEY, owner ${type} REFERENCES k_${name} ON UPDATE CASCADE ON DELETE CASCADE, label text
);
INSERT INTO k_${name} SELECT DISTINCT ON (v) v, 'row' FROM (VALUES ${values.map((value) => `(CAST(${value} AS ${type}))`).join(', ')}) AS given (v);
INSERT INTO c_${name} SELECT n, (SELECT id FROM k_${name} ORDER BY id OFFSET n % 5 LIMIT 1), 'child' FROM generate_series(1, 20) AS n;`,
    indexes: {
      [`k_${name}`]: {
        schema: `
table: k_${name}
fields:
  - keyword: label
  - has_many: children
    table: c_${name}
    foreign_key: owner
    fields:
      - integer: id
      - keyword: label`,
        expected: `
SELECT k.id::text AS id, jsonb_build_object('label', k.label, 'children', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'label', c.label) ORDER BY c.id), '[]')
  FROM c_${name} AS c WHERE c.owner = k.id
)) AS document FROM k_${name} AS k`,
      },
      [`c_${name}`]: {
        schema: `
table: c_${name}
fields:
  - keyword: label
  - belongs_to: parent
    table: k_${name}
    column: owner
    fields:
      - keyword: label`,
        expected: `
SELECT c.id, jsonb_build_object('label', c.label, 'parent', (
  SELECT jsonb_build_object('label', k.label) FROM k_${name} AS k WHERE k.id = c.owner
)) AS document FROM c_${name} AS c`,
      },
    },
    followed: [`k_${name}`, `c_${name}`],
    operations: [
      { weight: 6, sql: (r) => `UPDATE k_${name} SET label = ${text(r)} WHERE id = ${key(r)}` },
      { weight: 4, sql: (r) => `UPDATE k_${name} SET id = ${key(r)} WHERE id = ${key(r)}` },
      { weight: 4, sql: (r) => `DELETE FROM k_${name} WHERE id = ${key(r)}` },
      {
        weight: 7,
        sql: (r) => `INSERT INTO k_${name} VALUES (${key(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 6, sql: (r) => `UPDATE c_${name} SET owner = ${owner(r)} WHERE id = ${child(r)}` },
      { weight: 3, sql: (r) => `UPDATE c_${name} SET label = ${text(r)} WHERE id = ${child(r)}` },
      { weight: 3, sql: (r) => `DELETE FROM c_${name} WHERE id = ${child(r)}` },
      {
        weight: 6,
        sql: (r) =>
          `INSERT INTO c_${name} VALUES (${child(r)}, ${owner(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
    ],
  };
}
