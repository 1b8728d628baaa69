import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import type { Fixture } from './harness/fixture.ts';

/** SQL literals: three keys of rows that are there, one to come, and one that the first changes to. */
interface KeyCase {
  readonly type: string;
  readonly keys: readonly [string, string, string];
  readonly added: string;
  readonly changed: string;
  /** How the key is spelled as an id, where a cast to text spells it in another way than Postgres prints it. */
  readonly idText?: string;
}

const keyCases: Readonly<Record<string, KeyCase>> = {
  uuid: {
    type: 'uuid',
    keys: [
      "'a0000000-0000-4000-8000-000000000001'",
      "'b0000000-0000-4000-8000-000000000001'",
      "'c0000000-0000-4000-8000-000000000001'",
    ],
    added: "'00000000-0000-4000-8000-00000000000a'",
    changed: "'ffffffff-ffff-4fff-bfff-ffffffffffff'",
  },
  text: {
    type: 'text',
    keys: ["'a|b\\c'", "'it''s \"quoted\", {1,2} und ü 😀'", "' blank '"],
    added: "E'two\\nlines\\tand a tab'",
    changed: "'100%/?#&+ø'",
  },
  char: { type: 'char(4)', keys: ["'a'", "'bb'", "'cccc'"], added: "'d'", changed: "'x y'" },
  date: {
    type: 'date',
    keys: ["'2026-01-01'", "'0044-03-15 BC'", "'9999-12-31'"],
    added: "'2026-02-28'",
    changed: "'infinity'",
  },
  timestamp: {
    type: 'timestamp',
    keys: ["'2026-01-01'", "'2026-03-29 02:30:00.5'", "'2026-01-01 00:00:00.000001'"],
    added: "'1969-12-31 23:59:59'",
    changed: "'2026-10-25 02:30:00'",
  },
  timestamptz: {
    type: 'timestamptz',
    keys: ["'2026-01-01 00:00+02'", "'2026-10-25 02:30+02'", "'2026-10-25 02:30+01'"],
    added: "'1970-01-01 00:00+00'",
    changed: "'2026-01-01 00:00:00.123456+00'",
  },
  numeric: {
    type: 'numeric',
    keys: ['1.50', '-0.000000000000000000001', '123456789012345678901234567890'],
    added: '0',
    changed: '1.5000001',
  },
  bigint: {
    type: 'bigint',
    keys: ['9007199254740993', '-9223372036854775808', '7'],
    added: '9223372036854775807',
    changed: '9007199254740992',
  },
  enum: { type: 'mood', keys: ["'sad'", "'so so'", "'happy'"], added: "'ÜBER'", changed: "'it''s'" },
  inet: {
    type: 'inet',
    keys: ["'10.0.0.1'", "'10.0.0.0/8'", "'::1'"],
    added: "'fe80::1/64'",
    changed: "'10.0.0.2'",
    idText: "format('%s', k.id)",
  },
  bytea: {
    type: 'bytea',
    keys: ["'\\x00'", "'\\xdeadbeef'", "'\\x0a'"],
    added: "'\\xff'",
    changed: "'\\x5c5c'",
  },
};

const schemaOf = (name: string) => `
table: k_${name}
fields:
  - keyword: label
  - has_many: children
    table: c_${name}
    foreign_key: owner
    fields:
      - keyword: label`;

const expectedOf = (name: string, { idText = 'k.id::text' }: KeyCase) => `
SELECT ${idText} AS id, jsonb_build_object('label', k.label, 'children', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('label', c.label) ORDER BY c.id), '[]')
  FROM c_${name} AS c WHERE c.owner = k.id
)) AS document
FROM k_${name} AS k`;

const tablesOf = (name: string, { type, keys }: KeyCase) => `
CREATE TABLE k_${name} (id ${type} PRIMARY KEY, label text NOT NULL);
CREATE TABLE c_${name} (
  id integer PRIMARY KEY,
  owner ${type} REFERENCES k_${name} ON UPDATE CASCADE ON DELETE CASCADE,
  label text NOT NULL
);
INSERT INTO k_${name} VALUES ${keys.map((key, n) => `(${key}, 'row ${n}')`).join(', ')};
INSERT INTO c_${name} VALUES ${keys.map((key, n) => `(${n * 2}, ${key}, 'child ${n}a'), (${n * 2 + 1}, ${key}, 'child ${n}b')`).join(', ')};`;

const fixture: Fixture = {
  tables: `CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy', 'ÜBER', 'it''s');
    ${Object.entries(keyCases)
      .map(([name, keyCase]) => tablesOf(name, keyCase))
      .join('\n')}`,
  indexes: Object.fromEntries(
    Object.entries(keyCases).map(([name, keyCase]) => [
      name,
      { schema: schemaOf(name), expected: expectedOf(name, keyCase) },
    ]),
  ),
};

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start(fixture);
  return () => deployment[Symbol.asyncDispose]();
});

describe.each(Object.entries(keyCases))('a key of type %s', (name, { keys, added, changed }) => {
  const [first, second, third] = keys;
  test.each(
    Object.entries({
      'is inserted': `INSERT INTO k_${name} VALUES (${added}, 'added'); INSERT INTO c_${name} VALUES (90, ${added}, 'c')`,
      'keeps its row in step': `UPDATE k_${name} SET label = 'changed' WHERE id = ${first}`,
      'keeps its children in step': `UPDATE c_${name} SET label = 'changed' WHERE owner = ${second}`,
      'sees a child move': `UPDATE c_${name} SET owner = ${third} WHERE id = 0`,
      changes: `UPDATE k_${name} SET id = ${changed} WHERE id = ${first}`,
      'is deleted': `DELETE FROM k_${name} WHERE id = ${second}`,
    }),
  )('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

test('a numeric key that keeps its value and changes its digits', async () => {
  await expectChange(deployment, 'UPDATE k_numeric SET id = 0.00 WHERE id = 0');
});
