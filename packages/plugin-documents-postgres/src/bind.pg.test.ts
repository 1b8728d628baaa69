import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { openDocuments, tryBindYaml } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, "fullName" text, age int, data jsonb,
      tags text[], lat float8, lon float8, gone boolean, ref uuid);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int, big_user bigint, ref text, owner int NOT NULL DEFAULT 0, total numeric, at timestamptz, b boolean);
    CREATE INDEX ON orders (user_id);
    CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
    CREATE TABLE keyless (user_id int, v int);
    CREATE INDEX ON keyless (user_id);
    CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child () INHERITS (parent);
    CREATE VIEW user_view AS SELECT * FROM users;
    CREATE MATERIALIZED VIEW user_mat AS SELECT * FROM users;
    CREATE TABLE guarded (id int PRIMARY KEY);
    ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
    CREATE FUNCTION count_orders(int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.orders';
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';`);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

const email = 'fields:\n  - keyword: email\n';
const withField = (field: string) => `table: users\nfields:\n${field}`;
const withRaw = (raw: string) => `table: users\nfilters:\n  - raw: ${JSON.stringify(raw)}\n${email}`;

describe('bind refuses what it cannot keep in step, and says what to do', () => {
  it.each([
    [
      'unknown table',
      `table: usrs\n${email}`,
      'SLUICE_SCHEMA_TABLE',
      /no table public.usrs/,
      /public\.users/,
    ],
    [
      'table in another schema',
      `schema: pubic\ntable: users\n${email}`,
      'SLUICE_SCHEMA_TABLE',
      /pubic.users/,
      /public\.users/,
    ],
    [
      'table named with its schema',
      `table: public.users\n${email}`,
      'SLUICE_SCHEMA_TABLE',
      /no table public\.public\.users/,
      /`schema: public` and `table: users`/,
    ],
    ['view', `table: user_view\nprimary_key: id\n${email}`, 'SLUICE_SCHEMA_TABLE', /is a view/, /made of/],
    [
      'materialized view',
      `table: user_mat\nprimary_key: id\n${email}`,
      'SLUICE_SCHEMA_TABLE',
      /is a materialized view/,
      /made of/,
    ],
    [
      'partition',
      'table: parted_1\nfields:\n  - integer: id\n',
      'SLUICE_SCHEMA_TABLE',
      /partition of public.parted/,
      /Name public.parted/,
    ],
    [
      'inheritance',
      'table: parent\nfields:\n  - integer: id\n',
      'SLUICE_SCHEMA_TABLE',
      /inheritance/,
      /partitioned/,
    ],
    [
      'keyless root',
      'table: keyless\nfields:\n  - integer: v\n',
      'SLUICE_SCHEMA_KEY',
      /no primary key/,
      /primary_key/,
    ],
    [
      'key that is not unique',
      `table: users\nprimary_key: age\n${email}`,
      'SLUICE_SCHEMA_KEY',
      /may be NULL/,
      /NOT NULL/,
    ],
    [
      'doc_id that is not unique',
      `table: users\ndoc_id: fullName\n${email}`,
      'SLUICE_SCHEMA_KEY',
      /may be NULL/,
      /NOT NULL/,
    ],
    [
      'key that no index makes unique',
      'table: orders\nprimary_key: owner\nfields:\n  - integer: id\n',
      'SLUICE_SCHEMA_KEY',
      /No unique index/,
      /unique index/,
    ],
    [
      'unknown column',
      withField('  - keyword: emial\n'),
      'SLUICE_SCHEMA_COLUMN',
      /no column "emial"/,
      /"email"/,
    ],
    [
      'case of a column',
      withField('  - text: name\n    column: fullname\n'),
      'SLUICE_SCHEMA_COLUMN',
      /no column "fullname"/,
      /"fullName"/,
    ],
    [
      'unknown routing',
      `table: users\nrouting: tenant\n${email}`,
      'SLUICE_SCHEMA_COLUMN',
      /"tenant"/,
      /It has/,
    ],
    [
      'type mismatch',
      withField('  - integer: email\n'),
      'SLUICE_SCHEMA_TYPE',
      /is text/,
      /text or identifier or keyword/,
    ],
    ['narrow type', withField('  - short: age\n'), 'SLUICE_SCHEMA_TYPE', /is int4/, /integer or long/],
    [
      'type that only custom has',
      'table: parted\nfields:\n  - keyword: day\n',
      'SLUICE_SCHEMA_TYPE',
      /is date/,
      /use date/,
    ],
    [
      'required',
      withField('  - text: name\n    column: fullName\n    required: true\n'),
      'SLUICE_SCHEMA_NULLABLE',
      /may be NULL/,
      /default/,
    ],
    [
      'geo on text',
      withField('  - geo: p\n    lat: lat\n    lon: email\n'),
      'SLUICE_SCHEMA_TYPE',
      /lon of a geo/,
      /float8/,
    ],
    [
      'map on text',
      withField('  - map: email\n    values: long\n'),
      'SLUICE_SCHEMA_TYPE',
      /jsonb/,
      undefined,
    ],
    [
      'composite arity',
      withField(
        '  - has_many: x\n    table: orders\n    foreign_key: [user_id, id]\n    fields:\n      - integer: id\n',
      ),
      'SLUICE_SCHEMA_KEY',
      /1 and 2 columns/,
      /as many columns/,
    ],
    [
      'join of types without a common index',
      withField(
        '  - has_many: x\n    table: orders\n    foreign_key: ref\n    fields:\n      - integer: id\n',
      ),
      'SLUICE_SCHEMA_TYPE',
      /"id" \(int4\) with "ref" \(text\)/,
      /same type/,
    ],
    [
      'rows without order',
      withField(
        '  - has_many: x\n    table: keyless\n    foreign_key: user_id\n    fields:\n      - integer: v\n',
      ),
      'SLUICE_SCHEMA_KEY',
      /no certain order/,
      /primary key/,
    ],
    [
      'sum of booleans',
      withField(
        '  - sum: x\n    table: orders\n    foreign_key: user_id\n    column: b\n    value_type: long\n',
      ),
      'SLUICE_SCHEMA_TYPE',
      /sum needs numbers/,
      undefined,
    ],
    [
      'sum that does not fit',
      withField(
        '  - sum: x\n    table: orders\n    foreign_key: user_id\n    column: total\n    value_type: long\n',
      ),
      'SLUICE_SCHEMA_TYPE',
      /does not fit long/,
      /decimal/,
    ],
    [
      'max of another type',
      withField(
        '  - max: x\n    table: orders\n    foreign_key: user_id\n    column: at\n    value_type: long\n',
      ),
      'SLUICE_SCHEMA_TYPE',
      /timestamptz/,
      /timestamp/,
    ],
    [
      'ids of a composite key',
      'table: users\nfields:\n  - ids: x\n    table: pairs\n    foreign_key: a\n    element_type: integer\n',
      'SLUICE_SCHEMA_KEY',
      /one column/,
      /primary_key/,
    ],
    [
      'filter of another type',
      `table: users\nfilters:\n  - {column: age, op: eq, value: old}\n${email}`,
      'SLUICE_SCHEMA_CATALOG',
      /invalid input syntax/,
      undefined,
    ],
    [
      'filter on an array',
      `table: users\nfilters:\n  - {column: tags, op: eq, value: x}\n${email}`,
      'SLUICE_SCHEMA_TYPE',
      /Arrays/,
      undefined,
    ],
    ['raw syntax', withRaw('age >'), 'SLUICE_SCHEMA_CATALOG', /syntax error/, undefined],
    [
      'raw breaking out',
      withRaw('age > 1) OR (true'),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /parentheses/,
      /immutable/,
    ],
    [
      'raw with now()',
      withRaw("now() > '2024-01-01' AND age > 1"),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /now\(\)/,
      /immutable/,
    ],
    ['raw with random()', withRaw('age > random()'), 'SLUICE_SCHEMA_UNSAFE_SQL', /random\(\)/, /immutable/],
    [
      'raw with current_date',
      withRaw('age > 1 AND current_date > date'),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /current_date changes/,
      /immutable/,
    ],
    [
      'raw with a present text',
      withRaw("age > 1 AND timestamptz 'now' > timestamptz '2024-01-01'"),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /present/,
      /immutable/,
    ],
    [
      'raw with a subselect',
      withRaw('age > (select max(id) from orders)'),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /select reads/,
      /immutable/,
    ],
    [
      'raw with a function that reads',
      withRaw('public.count_orders(age) > 1'),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /count_orders/,
      /immutable/,
    ],
    [
      'raw with a camelCase name that Postgres folds',
      withRaw("fullName = 'x' AND age > 3"),
      'SLUICE_SCHEMA_CATALOG',
      /column .*fullname.* does not exist/,
      /write "fullName", with the double quotes/,
    ],
    [
      'raw with nothing but a folded name',
      withRaw("fullName = 'x'"),
      'SLUICE_SCHEMA_COLUMN',
      /reads no column/,
      /write "fullName"/,
    ],
    ['raw without a column', withRaw('1 = 1'), 'SLUICE_SCHEMA_COLUMN', /reads no column/, /depends_on/],
    [
      'raw with the whole row',
      withRaw('users IS NOT NULL AND age > 1'),
      'SLUICE_SCHEMA_UNSAFE_SQL',
      /whole row/,
      /immutable/,
    ],
  ])('%s', async (_name, yaml, code, message, hint) => {
    const { plan, diagnostics } = await tryBindYaml(builder, yaml);
    expect(plan).toBeNull();
    const found = diagnostics.filter(({ severity }) => severity === 'error');
    expect(found).toMatchObject([{ code, message: expect.stringMatching(message) }, ...found.slice(1)]);
    if (hint !== undefined) expect(found[0]?.hint).toMatch(hint);
  });

  it('reports every mistake at its place', async () => {
    const { diagnostics } = await tryBindYaml(
      builder,
      withField('  - keyword: emial\n  - object: o\n    fields:\n      - integer: tagz\n'),
    );
    expect(diagnostics.map(({ path }) => path)).toEqual([
      ['fields', 0, 'column'],
      ['fields', 1, 'fields', 0, 'column'],
    ]);
  });

  it('row security that would hide rows, and columns that the role may not read', async () => {
    const role = await database.createRole();
    await database.query(
      `GRANT SELECT ON guarded TO ${role.name}; GRANT SELECT (id) ON users TO ${role.name}`,
    );
    const as = openDocuments(role.url);
    const guarded = await tryBindYaml(as, 'table: guarded\nfields:\n  - integer: id\n');
    expect(guarded.diagnostics).toMatchObject([
      { code: 'SLUICE_SCHEMA_PRIVILEGE', hint: expect.stringContaining('BYPASSRLS') },
    ]);
    const unreadable = await tryBindYaml(as, `table: users\n${email}`);
    expect(unreadable.diagnostics).toMatchObject([
      {
        code: 'SLUICE_SCHEMA_PRIVILEGE',
        message: expect.stringContaining('"email"'),
        hint: expect.stringContaining(`GRANT SELECT ON "public"."users" TO "${role.name}";`),
      },
    ]);
    const two = await tryBindYaml(as, `table: users\nfields:\n  - text: fullName\n  - keyword: email\n`);
    expect(two.diagnostics).toHaveLength(1);
    expect((await tryBindYaml(as, 'table: users\nfields:\n  - integer: id\n')).plan).not.toBeNull();
    await as.close();
    await database.query(`DROP OWNED BY ${role.name}`);
  });
});

describe('a role that may not look into the schema', () => {
  it('is told so at the table, with both statements, although it has every right on the table', async () => {
    const role = await database.createRole();
    await database.query(
      `CREATE SCHEMA shut; CREATE TABLE shut.things (id int PRIMARY KEY); GRANT SELECT ON shut.things TO ${role.name}`,
    );
    const as = openDocuments(role.url);
    const { diagnostics } = await tryBindYaml(as, 'table: things\nschema: shut\nfields:\n  - integer: id\n');
    expect(diagnostics).toMatchObject([
      {
        code: 'SLUICE_SCHEMA_PRIVILEGE',
        hint: expect.stringContaining(
          `GRANT USAGE ON SCHEMA "shut" TO "${role.name}"; GRANT SELECT ON "shut"."things" TO "${role.name}";`,
        ),
      },
    ]);
    await as.close();
    await database.query(`DROP SCHEMA shut CASCADE; DROP OWNED BY ${role.name}`);
  });
});

describe('bind warns', () => {
  it('of joins without an index, with the index and the cost', async () => {
    await database.query('INSERT INTO orders (id) SELECT generate_series(1, 500); ANALYZE orders');
    const { plan, diagnostics } = await tryBindYaml(
      builder,
      withField(
        '  - has_many: x\n    table: orders\n    foreign_key: big_user\n    fields:\n      - integer: id\n',
      ),
    );
    expect(plan).not.toBeNull();
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'SLUICE_SCHEMA_NO_INDEX',
        message: expect.stringContaining('about 500'),
        hint: 'CREATE INDEX CONCURRENTLY ON "public"."orders" ("big_user");',
      },
    ]);
  });
});

describe('bind accepts', () => {
  it.each([
    ['raw with immutable functions of the user', withRaw('public.twice(age) > 10')],
    [
      'raw with operators, casts and lists',
      withRaw(
        `age::numeric(10,2) BETWEEN 1 AND 2 OR "fullName" ~* '^a\\d' OR data ->> 'x' IN ('a', 'b') OR tags && ARRAY['x']`,
      ),
    ],
    [
      'raw with the name of the table',
      withRaw('users.age > 1 AND coalesce(users."fullName", email) <> email'),
    ],
    [
      'raw with CASE, EXTRACT and substring',
      withRaw(
        `CASE WHEN age > 1 THEN substring(email from 1 for 2) = 'ab' ELSE position('@' in email) > 1 END`,
      ),
    ],
  ])('%s', async (_name, yaml) => {
    expect((await tryBindYaml(builder, yaml)).diagnostics).toEqual([]);
  });
});
