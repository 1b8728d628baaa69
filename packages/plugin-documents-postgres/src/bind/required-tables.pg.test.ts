import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { bindYaml, openDocuments } from '../../test/documents.ts';
import type { PostgresDocuments } from '../index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, "fullName" text, age int, data jsonb,
      unread text, gone boolean, ref uuid);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int, unread text, total numeric, at timestamptz, b boolean);
    CREATE INDEX ON orders (user_id);`);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

describe('a plan', () => {
  it('lists every table once, with its links and what is watched', async () => {
    const plan = await bindYaml(
      builder,
      `
table: users
doc_id: email
routing: ref
soft_delete:
  column: gone
filters:
  - raw: "age > 1 OR data IS NULL"
fields:
  - text: fullName
  - count: all
    table: orders
    foreign_key: user_id
  - has_many: orders
    table: orders
    foreign_key: user_id
    filters:
      - {column: b, op: eq, value: true}
    order_by:
      - column: at
    fields:
      - decimal: total
      - belongs_to: buyer
        table: users
        column: user_id
        fields:
          - integer: age
`,
    );
    expect(plan).toMatchObject({ key: ['id'], docId: ['email'] });
    expect(plan.tables).toEqual([
      {
        table: { schema: 'public', name: 'users' },
        key: ['id'],
        links: ['id', 'email', 'ref'],
        watched: ['id', 'email', 'fullName', 'age', 'data', 'gone', 'ref'],
        uses: [
          { index: 'test', role: 'root', field: '' },
          { index: 'test', role: 'parent', field: 'orders.buyer' },
        ],
      },
      {
        table: { schema: 'public', name: 'orders' },
        key: ['id'],
        links: ['user_id'],
        watched: ['id', 'user_id', 'total', 'at', 'b'],
        uses: [
          { index: 'test', role: 'child', field: 'all' },
          { index: 'test', role: 'child', field: 'orders' },
        ],
      },
    ]);
  });
});
