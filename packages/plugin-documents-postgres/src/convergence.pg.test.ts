import type { Change, Document, IndexPlan } from '@sluice/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, changesOf, openDocuments, resolveAll, scanAll } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;
let plan: IndexPlan;

const yaml = `
table: nodes
doc_id: [tenant, slug]
routing: tenant
filters:
  - {column: hidden, op: eq, value: false}
fields:
  - keyword: slug
  - belongs_to: up
    table: nodes
    column: [up_a, up_b]
    fields:
      - keyword: slug
      - belongs_to: kind
        table: kinds
        column: kind
        references: code
        fields:
          - keyword: title
  - has_many: down
    table: nodes
    foreign_key: [up_a, up_b]
    filters:
      - {column: hidden, op: eq, value: false}
    order_by:
      - column: slug
        direction: desc
    limit: 2
    fields:
      - keyword: slug
      - many_to_many: kinds
        table: kinds
        through:
          table: node_kinds
          left_key: [a, b]
          right_key: kind_id
        fields:
          - keyword: title
  - count: downs
    table: nodes
    foreign_key: [up_a, up_b]
`;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE TABLE kinds (id int PRIMARY KEY, code text UNIQUE, title text);
    CREATE TABLE nodes (a int, b text, tenant text NOT NULL, slug text NOT NULL, up_a int, up_b text, kind text,
      hidden boolean NOT NULL DEFAULT false, PRIMARY KEY (a, b), UNIQUE (tenant, slug));
    CREATE INDEX ON nodes (up_a, up_b);
    CREATE INDEX ON nodes (kind);
    CREATE TABLE node_kinds (a int, b text, kind_id int);
    CREATE INDEX ON node_kinds (a, b);
    CREATE INDEX ON node_kinds (kind_id);`);
  plan = await bindYaml(builder, yaml);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

const small = fc.integer({ min: 1, max: 3 });
const letter = fc.constantFrom('x', 'y|', '\\');
const tenant = fc.constantFrom('t1', 't2');
const slug = fc.constantFrom('s1', 's|2', 's3', 's4');
const text = (value: string) => `'${value}'`;
const node = fc.tuple(small, letter).map(([a, b]) => ({ a, b, match: `a = ${a} AND b = ${text(b)}` }));

/** One statement over one table; those that break a constraint change nothing. */
const step = fc.oneof(
  fc
    .tuple(node, tenant, slug, node, small)
    .map(
      ([{ a, b }, t, s, up, k]) =>
        [
          'nodes',
          `INSERT INTO nodes VALUES (${a}, ${text(b)}, '${t}', '${s}', ${up.a}, ${text(up.b)}, 'k${k}') ON CONFLICT DO NOTHING`,
        ] as const,
    ),
  node.map(({ match }) => ['nodes', `DELETE FROM nodes WHERE ${match}`] as const),
  fc
    .tuple(node, slug)
    .map(
      ([{ match }, s]) =>
        [
          'nodes',
          `UPDATE nodes SET slug = '${s}' WHERE ${match} AND NOT EXISTS (SELECT FROM nodes o WHERE o.slug = '${s}' AND o.tenant = nodes.tenant)`,
        ] as const,
    ),
  fc
    .tuple(node, tenant)
    .map(
      ([{ match }, t]) =>
        [
          'nodes',
          `UPDATE nodes SET tenant = '${t}' WHERE ${match} AND NOT EXISTS (SELECT FROM nodes o WHERE o.tenant = '${t}' AND o.slug = nodes.slug)`,
        ] as const,
    ),
  fc
    .tuple(node, node)
    .map(
      ([{ match }, up]) =>
        ['nodes', `UPDATE nodes SET up_a = ${up.a}, up_b = ${text(up.b)} WHERE ${match}`] as const,
    ),
  node.map(({ match }) => ['nodes', `UPDATE nodes SET up_a = NULL WHERE ${match}`] as const),
  fc
    .tuple(node, fc.boolean())
    .map(([{ match }, h]) => ['nodes', `UPDATE nodes SET hidden = ${h} WHERE ${match}`] as const),
  fc
    .tuple(node, small)
    .map(([{ match }, k]) => ['nodes', `UPDATE nodes SET kind = 'k${k}' WHERE ${match}`] as const),
  fc
    .tuple(node, node)
    .map(
      ([{ match }, to]) =>
        [
          'nodes',
          `UPDATE nodes SET a = ${to.a}, b = ${text(to.b)} WHERE ${match} AND NOT EXISTS (SELECT FROM nodes o WHERE o.a = ${to.a} AND o.b = ${text(to.b)})`,
        ] as const,
    ),
  small.map(
    (k) =>
      ['kinds', `INSERT INTO kinds VALUES (${k}, 'k${k}', 'title ${k}') ON CONFLICT DO NOTHING`] as const,
  ),
  fc
    .tuple(small, small)
    .map(([k, n]) => ['kinds', `UPDATE kinds SET title = 'title ${n}0' WHERE id = ${k}`] as const),
  small.map(
    (k) =>
      [
        'kinds',
        `UPDATE kinds SET code = 'k' || (4 - id) || repeat('x', 0) WHERE id = ${k} AND NOT EXISTS (SELECT FROM kinds o WHERE o.code = 'k' || (4 - ${k}))`,
      ] as const,
  ),
  small.map((k) => ['kinds', `DELETE FROM kinds WHERE id = ${k}`] as const),
  fc
    .tuple(node, small)
    .map(
      ([{ a, b }, k]) => ['node_kinds', `INSERT INTO node_kinds VALUES (${a}, ${text(b)}, ${k})`] as const,
    ),
  small.map((k) => ['node_kinds', `DELETE FROM node_kinds WHERE kind_id = ${k}`] as const),
  fc
    .tuple(node, node)
    .map(
      ([{ match }, to]) =>
        ['node_kinds', `UPDATE node_kinds SET a = ${to.a}, b = ${text(to.b)} WHERE ${match}`] as const,
    ),
);

/** A sink that keeps what has the highest version, deletes too, whatever the routing: one shard. */
class Shelf {
  readonly #held = new Map<string, Document>();

  write(documents: readonly Document[]): void {
    for (const document of documents) {
      const held = this.#held.get(document.id);
      if (held === undefined || held.version <= document.version) this.#held.set(document.id, document);
    }
  }

  contents(): unknown[] {
    return sorted([...this.#held.values()].filter(({ body }) => body !== null));
  }
}

function sorted(documents: readonly Document[]): unknown[] {
  return documents
    .map(({ id, routing, body }) => [id, routing, body])
    .sort((left, right) => String(left[0]).localeCompare(String(right[0])));
}

describe('whatever changes', () => {
  it('the documents that resolve and build lead to are those of a fresh scan', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 12 }),
        async (batches) => {
          await database.query('TRUNCATE nodes, kinds, node_kinds');
          const shelf = new Shelf();
          for (const batch of batches) {
            const changes: Change[] = [];
            for (const [name, sql] of batch) {
              changes.push(...(await changesOf(database, plan, { schema: 'public', name }, sql)));
            }
            const keys = await resolveAll(builder, plan, changes);
            // Pages are written in any order, each whole.
            for (const key of keys.toReversed()) shelf.write(await builder.build(plan, [key]));
          }
          expect(shelf.contents()).toEqual(sorted(await scanAll(builder, plan)));
        },
      ),
      { numRuns: 40, seed: 20261120 },
    );
  });
});
