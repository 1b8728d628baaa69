import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  canary,
  hostileNames,
  hostileValue,
  placeCanary,
  quoted,
  unharmed,
} from '../../../test/support/hostile.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, openDocuments, parsedBodies, resolvedIds, tryBindYaml } from '../test/documents.ts';
import type { PostgresDocuments } from './builder.ts';

let database: TestDatabase;
let builder: PostgresDocuments;
beforeAll(async () => {
  database = await createDatabase();
  await placeCanary(database);
  builder = openDocuments(database.url);
});
afterAll(async () => {
  await builder.close();
  await database.drop();
});

test('hostile names and values in every place of a schema are names and values', async () => {
  await fc.assert(
    fc.asyncProperty(hostileNames(10), hostileValue(), hostileValue(), async (names, value, different) => {
      fc.pre(value !== different && value !== '' && different !== '' && value.trim() === value);
      const [schema = '', root = '', child = '', junction = '', id = '', title = '', parent = ''] = names;
      const [, , , , , , , far = '', kind = '', key = ''] = names;
      const q = quoted;
      const inSchema = (name: string) => `${q(schema)}.${q(name)}`;
      await database.query(`DROP SCHEMA IF EXISTS ${q(schema)} CASCADE; CREATE SCHEMA ${q(schema)};
        CREATE TABLE ${inSchema(root)} (${q(id)} text, ${q(key)} text, ${q(title)} text, PRIMARY KEY (${q(id)}, ${q(key)}));
        CREATE TABLE ${inSchema(child)} (${q(id)} int PRIMARY KEY, ${q(parent)} text, ${q(far)} text, ${q(kind)} text);
        CREATE TABLE ${inSchema(junction)} (${q(parent)} text, ${q(far)} text, ${q(kind)} int,
          PRIMARY KEY (${q(parent)}, ${q(far)}, ${q(kind)}))`);
      for (const text of [value, different]) {
        await database.query(`INSERT INTO ${inSchema(root)} VALUES ($1, $1, $1)`, [text]);
      }
      await database.query(`INSERT INTO ${inSchema(child)} VALUES (1, $1, $1, $1), (2, $1, $1, $2)`, [
        value,
        different,
      ]);
      await database.query(`INSERT INTO ${inSchema(junction)} VALUES ($1, $1, 1)`, [value]);
      const counted = { table: child, schema, foreign_key: [parent, far], references: [id, key] };
      const yaml = {
        schema,
        table: root,
        primary_key: [id, key],
        doc_id: [key, id],
        filters: [
          { column: title, op: 'in', value: [value, different] },
          { column: title, op: 'neq', value: different },
        ],
        fields: [
          { keyword: 'title', column: title, default: value },
          { constant: 'constant', value },
          { keyword: 'key', column: key },
          {
            has_many: 'children',
            table: child,
            schema,
            foreign_key: [parent, far],
            references: [id, key],
            order_by: [{ column: kind, direction: 'desc' }],
            filters: [{ column: kind, op: 'like', value: likePattern(value) }],
            fields: [{ keyword: 'kind', column: kind }],
          },
          { ...counted, count: 'others', filters: [{ column: kind, op: 'neq', value }] },
          { ...counted, ids: 'same', element_type: 'integer', filters: [{ column: kind, op: 'eq', value }] },
          {
            many_to_many: 'linked',
            table: child,
            schema,
            through: { table: junction, schema, left_key: [parent, far], right_key: kind },
            references: [id, key],
            fields: [{ integer: 'n', column: id }],
          },
        ],
      };
      const plan = await bindYaml(builder, JSON.stringify(yaml));
      const documents = Object.values(await parsedBodies(builder, plan));
      expect(documents).toEqual([
        expect.objectContaining({ title: value, constant: value, key: value, others: 1, same: [1] }),
      ]);
      expect(documents).toMatchObject([{ children: [{ kind: value }], linked: [{ n: 1 }] }]);
      const change = {
        table: { schema, name: child },
        operation: 'delete' as const,
        before: { [id]: '9', [parent]: value, [far]: value, [kind]: value },
      };
      expect(await resolvedIds(builder, plan, [change])).toHaveLength(1);
      await database.query(`DROP SCHEMA ${q(schema)} CASCADE`);
      expect(await canary(database)).toEqual(unharmed);
    }),
    { numRuns: 15 },
  );
});

/** Matches the text and nothing else. */
function likePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

test.each([
  'true); DROP TABLE harm.canary; --',
  'harm.run() = 1',
  '(SELECT harm.run()) IS NULL',
  'id = 1 OR (WITH x AS (DELETE FROM harm.canary RETURNING 1) SELECT true FROM x)',
  "id = 1 /* '; */",
  "$$x$$ = 'x'",
  "pg_read_file('/etc/passwd') = ''",
  'pg_catalog.pg_terminate_backend(1)',
  "lo_import('/etc/passwd') > 0",
  "set_config('search_path', 'harm', false) = ''",
  "nextval('s') > 0",
  "query_to_xml('DROP TABLE harm.canary', true, true, '') IS NULL",
  "U&'\\0027' = ''",
  "E'\\'; DROP TABLE harm.canary; --' = ''",
  'true) AS x, (SELECT 1',
  'id OPERATOR(harm.=) 1',
  '"harm"."run"() IS NULL',
])('a raw filter that would do more than compare is refused before it is run: %s', async (raw) => {
  await database.query('CREATE TABLE IF NOT EXISTS public.things (id int PRIMARY KEY)');
  const schema = { table: 'things', filters: [{ raw: `id > 0 AND ${raw}` }], fields: [{ integer: 'id' }] };
  const { plan, diagnostics } = await tryBindYaml(builder, JSON.stringify(schema));
  expect(plan).toBeNull();
  expect(diagnostics.map(({ code }) => code)).toContain('SLUICE_SCHEMA_UNSAFE_SQL');
  expect(await canary(database)).toEqual(unharmed);
});

test('whatever is written as a raw filter does no harm', async () => {
  await database.query('CREATE TABLE IF NOT EXISTS public.things (id int PRIMARY KEY)');
  await fc.assert(
    fc.asyncProperty(hostileValue(), async (text) => {
      fc.pre(text.trim() !== '');
      const schema = {
        table: 'things',
        filters: [{ raw: `id = 1 OR ${text}` }],
        fields: [{ integer: 'id' }],
      };
      const { plan } = await tryBindYaml(builder, JSON.stringify(schema));
      if (plan !== null) await parsedBodies(builder, plan);
      expect(await canary(database)).toEqual(unharmed);
    }),
    { numRuns: 100 },
  );
});
