import type { IndexPlan } from '@sluice/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import {
  bindYaml,
  changesOf,
  openDocuments,
  parsedBodies,
  resolveAll,
  resolvedIds,
} from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;
let shop: IndexPlan;

const shopYaml = `
table: Users
fields:
  - text: fullName
  - belongs_to: team
    table: teams
    column: [teamOrg, teamNo]
    fields:
      - text: title
      - count: members
        table: Users
        foreign_key: [teamOrg, teamNo]
  - has_many: orders
    table: orders
    foreign_key: userId
    fields:
      - keyword: status
      - has_many: items
        table: items
        foreign_key: order_id
        fields:
          - belongs_to: product
            table: products
            column: product_code
            references: code
            fields:
              - text: title
  - many_to_many: groups
    table: groups
    through:
      table: memberships
      left_key: user_id
      right_key: group_id
    filters:
      - column: active
        op: eq
        value: true
    fields:
      - text: label
  - sum: archived
    schema: archive
    table: orders
    foreign_key: userId
    column: total
    value_type: decimal
`;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE SCHEMA archive;
    CREATE TABLE teams (org text, no int, title text, PRIMARY KEY (org, no));
    CREATE TABLE "Users" (id uuid PRIMARY KEY, "fullName" text, "teamOrg" text, "teamNo" int);
    CREATE INDEX ON "Users" ("teamOrg", "teamNo");
    CREATE TABLE orders (id bigint PRIMARY KEY, "userId" uuid, status text);
    CREATE INDEX ON orders ("userId");
    CREATE TABLE products (id int PRIMARY KEY, code text UNIQUE, title text);
    CREATE TABLE items (id int PRIMARY KEY, order_id bigint, product_code text);
    CREATE INDEX ON items (order_id);
    CREATE INDEX ON items (product_code);
    CREATE TABLE groups (id int PRIMARY KEY, label text, active boolean);
    CREATE TABLE memberships (user_id uuid, group_id int);
    CREATE INDEX ON memberships (user_id);
    CREATE INDEX ON memberships (group_id);
    CREATE TABLE archive.orders (id int PRIMARY KEY, "userId" uuid, total numeric);
    CREATE INDEX ON archive.orders ("userId");`);
  shop = await bindYaml(builder, shopYaml);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

const user = (n: number) => `00000000-0000-0000-0000-00000000000${n}`;

async function reset(): Promise<void> {
  await database.query(`
    TRUNCATE teams, "Users", orders, products, items, groups, memberships, archive.orders;
    INSERT INTO teams VALUES ('acme', 1, 'Red'), ('acme', 2, 'Blue');
    INSERT INTO "Users" VALUES ('${user(1)}', 'Ann', 'acme', 1), ('${user(2)}', 'Bob', 'acme', 1),
                               ('${user(3)}', 'Cid', 'acme', 2), ('${user(4)}', 'Dan', NULL, NULL);
    INSERT INTO orders VALUES (1, '${user(1)}', 'new'), (2, '${user(2)}', 'new'), (3, '${user(3)}', 'new'), (4, NULL, 'lost');
    INSERT INTO products VALUES (1, 'p1', 'Pen'), (2, 'p2', 'Ink');
    INSERT INTO items VALUES (1, 1, 'p1'), (2, 2, 'p1'), (3, 3, 'p2'), (4, 4, 'p1');
    INSERT INTO groups VALUES (1, 'g1', true), (2, 'g2', true);
    INSERT INTO memberships VALUES ('${user(1)}', 1), ('${user(1)}', 1), ('${user(2)}', 2);
    INSERT INTO archive.orders VALUES (1, '${user(4)}', 5);`);
}

const at = (schema: string, name: string) => ({ schema, name });
const pub = (name: string) => at('public', name);

describe('resolve finds every document that held a changed row or holds it now', () => {
  it.each([
    ['root inserted', pub('Users'), `INSERT INTO "Users" VALUES ('${user(5)}', 'Eve')`, [5]],
    ['root updated', pub('Users'), `UPDATE "Users" SET "fullName" = 'x' WHERE id = '${user(4)}'`, [4]],
    ['root deleted', pub('Users'), `DELETE FROM "Users" WHERE id = '${user(4)}'`, [4]],
    [
      'root with a new key',
      pub('Users'),
      `UPDATE "Users" SET id = '${user(9)}' WHERE id = '${user(4)}'`,
      [4, 9],
    ],
    ['child inserted', pub('orders'), `INSERT INTO orders VALUES (9, '${user(3)}')`, [3]],
    ['child updated', pub('orders'), `UPDATE orders SET status = 'x' WHERE id = 1`, [1]],
    ['child deleted', pub('orders'), 'DELETE FROM orders WHERE id = 2', [2]],
    ['child moved', pub('orders'), `UPDATE orders SET "userId" = '${user(4)}' WHERE id = 1`, [1, 4]],
    ['child orphaned', pub('orders'), 'UPDATE orders SET "userId" = NULL WHERE id = 1', [1]],
    ['orphan changed', pub('orders'), `UPDATE orders SET status = 'x' WHERE id = 4`, []],
    ['grandchild inserted', pub('items'), `INSERT INTO items VALUES (9, 3, 'p1')`, [3]],
    ['grandchild deleted', pub('items'), 'DELETE FROM items WHERE id = 1', [1]],
    ['grandchild moved', pub('items'), 'UPDATE items SET order_id = 3 WHERE id = 1', [1, 3]],
    [
      'target of a deep belongs_to updated',
      pub('products'),
      `UPDATE products SET title = 'x' WHERE id = 1`,
      [1, 2],
    ],
    ['target of a deep belongs_to deleted', pub('products'), 'DELETE FROM products WHERE id = 2', [3]],
    [
      'target with new referenced columns',
      pub('products'),
      `UPDATE products SET code = 'p3' WHERE id = 2`,
      [3],
    ],
    [
      'target that rows waited for',
      pub('products'),
      `UPDATE products SET code = CASE id WHEN 1 THEN 'p9' ELSE 'p1' END`,
      [1, 2, 3],
    ],
    ['composite target updated', pub('teams'), `UPDATE teams SET title = 'x' WHERE no = 1`, [1, 2]],
    ['composite target deleted', pub('teams'), 'DELETE FROM teams WHERE no = 2', [3]],
    ['junction inserted', pub('memberships'), `INSERT INTO memberships VALUES ('${user(3)}', 1)`, [3]],
    ['junction deleted', pub('memberships'), 'DELETE FROM memberships WHERE group_id = 2', [2]],
    [
      'junction moved',
      pub('memberships'),
      `UPDATE memberships SET user_id = '${user(4)}' WHERE group_id = 2`,
      [2, 4],
    ],
    ['far side updated', pub('groups'), `UPDATE groups SET label = 'x' WHERE id = 1`, [1]],
    ['far side leaves the filter', pub('groups'), 'UPDATE groups SET active = false WHERE id = 2', [2]],
    ['far side deleted', pub('groups'), 'DELETE FROM groups WHERE id = 2', [2]],
    ['far side with a new key', pub('groups'), 'UPDATE groups SET id = id + 10 WHERE id = 2', [2]],
    [
      'row of an aggregate moved',
      at('archive', 'orders'),
      `UPDATE archive.orders SET "userId" = '${user(1)}'`,
      [1, 4],
    ],
    ['row of an aggregate deleted', at('archive', 'orders'), 'DELETE FROM archive.orders', [4]],
    [
      'the root where it is also a member of a team',
      pub('Users'),
      `UPDATE "Users" SET "teamNo" = 2 WHERE id = '${user(1)}'`,
      [1, 2, 3],
    ],
  ])('%s', async (_name, table, sql, users) => {
    await reset();
    const before = await parsedBodies(builder, shop);
    const changes = await changesOf(database, shop, table, sql);
    const after = await parsedBodies(builder, shop);
    const resolved = await resolvedIds(builder, shop, changes);
    expect(resolved).toEqual(users.map(user));
    const ids = new Set([...Object.keys(before), ...Object.keys(after)]);
    const changed = [...ids].filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]));
    expect(resolved).toEqual(expect.arrayContaining(changed));
  });

  it('takes the columns of an update without `before` as they were', async () => {
    await reset();
    const change = { table: pub('orders'), operation: 'update', after: { userId: user(2) } } as const;
    expect(await resolvedIds(builder, shop, [{ ...change, after: { ...change.after, id: '2' } }])).toEqual([
      user(2),
    ]);
  });

  it('refuses to lose a change whose links were not reported', async () => {
    const change = { table: pub('items'), operation: 'delete', before: { id: '1' } } as const;
    await expect(resolveAll(builder, shop, [change])).rejects.toMatchObject({
      code: 'SLUICE_SOURCE_DRIFT',
      message: expect.stringContaining('public.items without "order_id"'),
    });
  });

  it('lets go of such a change where the configuration accepts that', async () => {
    const change = {
      table: pub('items'),
      operation: 'delete',
      before: { id: '1' },
      lossAccepted: true,
    } as const;
    expect(await resolveAll(builder, shop, [change])).toEqual([]);
  });

  it('ignores tables that the plan does not read', async () => {
    const change = { table: pub('other'), operation: 'delete', before: { id: '1' } } as const;
    expect(await resolveAll(builder, shop, [change])).toEqual([]);
  });
});

describe('resolve of one row that touches many documents', () => {
  it('yields pages of bounded size, each key once', async () => {
    await database.query(`
      CREATE TABLE brands (id int PRIMARY KEY, name text);
      CREATE TABLE goods (a int, b text, brand int, PRIMARY KEY (a, b));
      CREATE INDEX ON goods (brand);
      INSERT INTO brands VALUES (1, 'x');
      INSERT INTO goods SELECT i % 100, 'k' || i, 1 FROM generate_series(1, 23456) i;
      ANALYZE goods`);
    const plan = await bindYaml(
      builder,
      'table: goods\nfields:\n  - belongs_to: brand\n    table: brands\n    column: brand\n    fields:\n      - text: name\n',
    );
    const sizes: number[] = [];
    const ids = new Set<string>();
    const change = { table: pub('brands'), operation: 'update', after: { id: '1' } } as const;
    for await (const page of builder.resolve(plan, [change])) {
      sizes.push(page.length);
      for (const { id } of page) ids.add(id);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5000);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(23456);
    expect(ids.size).toBe(23456);
  });
});

describe('document keys carry id and routing as they were and as they are', () => {
  it('yields both places of a row whose doc_id and routing changed', async () => {
    await database.query(`
      CREATE TABLE docs (id int PRIMARY KEY, slug text NOT NULL UNIQUE, tenant text, n int);
      CREATE TABLE parts (id int PRIMARY KEY, doc int);
      CREATE INDEX ON parts (doc);
      INSERT INTO docs VALUES (1, 'one', 'a', 1), (2, 'two', NULL, 2);
      INSERT INTO parts VALUES (1, 1), (2, 2);`);
    const plan = await bindYaml(
      builder,
      'table: docs\ndoc_id: slug\nrouting: tenant\nfields:\n  - integer: n\n  - count: parts\n    table: parts\n    foreign_key: doc\n',
    );
    const changes = await changesOf(
      database,
      plan,
      pub('docs'),
      `UPDATE docs SET slug = 'uno', tenant = 'b' WHERE id = 1`,
    );
    expect(await resolveAll(builder, plan, changes)).toEqual([
      { key: ['1'], id: 'one', routing: 'a' },
      { key: ['1'], id: 'uno', routing: 'b' },
    ]);
    const parts = await changesOf(database, plan, pub('parts'), 'DELETE FROM parts');
    expect(await resolveAll(builder, plan, parts)).toEqual([
      { key: ['1'], id: 'uno', routing: 'b' },
      { key: ['2'], id: 'two', routing: null },
    ]);
  });
});
