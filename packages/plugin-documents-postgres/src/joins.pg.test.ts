import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { bindYaml, bodies, openDocuments, parsedBodies } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await database.query(`
    CREATE TABLE customers (id int PRIMARY KEY, name text, "countryCode" text);
    CREATE TABLE "Countries" ("Code" text PRIMARY KEY, title text);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, total numeric(10,2), weight float8);
    CREATE INDEX ON orders (customer_id);
    CREATE TABLE notes (order_id int UNIQUE, body text);
    CREATE TABLE items (order_id int, line int, sku text, PRIMARY KEY (order_id, line));
    CREATE TABLE tags (id int PRIMARY KEY, label text);
    CREATE TABLE customer_tags (customer int, tag int);
    CREATE SCHEMA archive;
    CREATE TABLE archive.orders (id int PRIMARY KEY, customer_id int, status text);
    INSERT INTO "Countries" VALUES ('PL', 'Poland'), ('DE', 'Germany');
    INSERT INTO customers VALUES (1, 'Ann', 'PL'), (2, 'Bob', NULL), (3, 'Cid', 'XX');
    INSERT INTO orders VALUES
      (10, 1, 'paid', 5.50, 0.1), (11, 1, 'new', 1.25, 0.2), (12, 1, NULL, NULL, 'NaN'), (13, 2, 'paid', 2, 1e-7);
    INSERT INTO notes VALUES (10, 'fragile');
    INSERT INTO items VALUES (10, 2, 'b'), (10, 1, 'a'), (13, 1, 'c');
    INSERT INTO tags VALUES (1, 'vip'), (2, 'late'), (3, 'new');
    INSERT INTO customer_tags VALUES (1, 2), (1, 1), (1, 2), (2, 3), (2, 99);
    INSERT INTO archive.orders VALUES (1, 1, 'old'), (2, 3, 'older');
  `);
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

describe('joins', () => {
  it('belongs_to renders an object, or null where the row is missing', async () => {
    const plan = await bindYaml(
      builder,
      `
table: customers
fields:
  - keyword: name
  - belongs_to: country
    table: Countries
    column: countryCode
    fields:
      - keyword: code
        column: Code
      - text: title
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"name":"Ann","country":{"code":"PL","title":"Poland"}}',
      '2': '{"name":"Bob","country":null}',
      '3': '{"name":"Cid","country":null}',
    });
  });

  it('has_many nests to any depth, ordered by primary key, empty where there is nothing', async () => {
    const plan = await bindYaml(
      builder,
      `
table: customers
fields:
  - has_many: orders
    table: orders
    foreign_key: customer_id
    fields:
      - integer: id
      - has_one: note
        table: notes
        foreign_key: order_id
        fields:
          - text: body
      - has_many: items
        table: items
        foreign_key: order_id
        fields:
          - keyword: sku
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"orders":[{"id":10,"note":{"body":"fragile"},"items":[{"sku":"a"},{"sku":"b"}]},{"id":11,"note":null,"items":[]},{"id":12,"note":null,"items":[]}]}',
      '2': '{"orders":[{"id":13,"note":null,"items":[{"sku":"c"}]}]}',
      '3': '{"orders":[]}',
    });
  });

  it('has_many can be filtered, ordered with NULLs anywhere, and limited', async () => {
    const plan = await bindYaml(
      builder,
      `
table: customers
fields:
  - has_many: byTotal
    table: orders
    foreign_key: customer_id
    order_by:
      - column: total
        direction: desc
        nulls: last
    fields:
      - integer: id
  - has_many: lastTwo
    table: orders
    foreign_key: customer_id
    order_by:
      - column: id
        direction: desc
    limit: 2
    fields:
      - integer: id
      - has_many: items
        table: items
        foreign_key: order_id
        fields:
          - integer: line
  - has_many: paid
    table: orders
    foreign_key: customer_id
    filters:
      - column: status
        op: eq
        value: paid
    fields:
      - integer: id
  - has_one: dearest
    table: orders
    foreign_key: customer_id
    order_by:
      - column: total
        direction: desc
        nulls: last
    fields:
      - integer: id
      - count: lines
        table: items
        foreign_key: order_id
`,
    );
    expect((await parsedBodies(builder, plan))['1']).toEqual({
      byTotal: [{ id: 10 }, { id: 11 }, { id: 12 }],
      lastTwo: [
        { id: 12, items: [] },
        { id: 11, items: [] },
      ],
      paid: [{ id: 10 }],
      dearest: { id: 10, lines: 2 },
    });
  });

  it('many_to_many gives each related row once, however often the junction holds the pair', async () => {
    const yaml = (table: string) => `
table: customers
fields:
  - many_to_many: tags
    table: tags
    through:
      table: ${table}
      left_key: customer
      right_key: tag
    fields:
      - keyword: label
  - count: tagCount
    table: tags
    through:
      table: ${table}
      left_key: customer
      right_key: tag
  - ids: tagIds
    table: tags
    through:
      table: ${table}
      left_key: customer
      right_key: tag
    element_type: integer
`;
    const expected = {
      '1': { tags: [{ label: 'vip' }, { label: 'late' }], tagCount: 2, tagIds: [1, 2] },
      '2': { tags: [{ label: 'new' }], tagCount: 1, tagIds: [3] },
      '3': { tags: [], tagCount: 0, tagIds: [] },
    };
    expect(await parsedBodies(builder, await bindYaml(builder, yaml('customer_tags')))).toEqual(expected);
    await database.query(`
      CREATE TABLE unique_tags (customer int, tag int, PRIMARY KEY (customer, tag));
      INSERT INTO unique_tags SELECT DISTINCT customer, tag FROM customer_tags`);
    expect(await parsedBodies(builder, await bindYaml(builder, yaml('unique_tags')))).toEqual(expected);
  });

  it('joins a table to itself, and tables of one name in two schemas', async () => {
    await database.query(`
      CREATE TABLE staff (id int PRIMARY KEY, name text, boss int);
      CREATE INDEX ON staff (boss);
      INSERT INTO staff VALUES (1, 'root', NULL), (2, 'left', 1), (3, 'right', 1), (4, 'leaf', 2)`);
    const tree = await bindYaml(
      builder,
      `
table: staff
fields:
  - belongs_to: boss
    table: staff
    column: boss
    fields:
      - keyword: name
  - has_many: reports
    table: staff
    foreign_key: boss
    fields:
      - keyword: name
      - has_many: reports
        table: staff
        foreign_key: boss
        fields:
          - keyword: name
`,
    );
    expect(await parsedBodies(builder, tree)).toEqual({
      '1': {
        boss: null,
        reports: [
          { name: 'left', reports: [{ name: 'leaf' }] },
          { name: 'right', reports: [] },
        ],
      },
      '2': { boss: { name: 'root' }, reports: [{ name: 'leaf', reports: [] }] },
      '3': { boss: { name: 'root' }, reports: [] },
      '4': { boss: { name: 'left' }, reports: [] },
    });
    const schemas = await bindYaml(
      builder,
      `
table: customers
fields:
  - has_many: now
    table: orders
    foreign_key: customer_id
    fields:
      - keyword: status
  - has_many: before
    schema: archive
    table: orders
    foreign_key: customer_id
    fields:
      - keyword: status
`,
    );
    expect((await parsedBodies(builder, schemas))['1']).toEqual({
      now: [{ status: 'paid' }, { status: 'new' }, { status: null }],
      before: [{ status: 'old' }],
    });
  });

  it('matches composite keys in order, also on a partitioned root', async () => {
    await database.query(`
      CREATE TABLE lots (region text, id int, title text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
      CREATE TABLE lots_eu PARTITION OF lots FOR VALUES IN ('eu');
      CREATE TABLE lots_us PARTITION OF lots FOR VALUES IN ('us');
      CREATE TABLE bids (id int PRIMARY KEY, lot_region text, lot_id int, amount int);
      CREATE INDEX ON bids (lot_region, lot_id);
      INSERT INTO lots VALUES ('eu', 1, 'vase'), ('us', 1, 'ring'), ('us', 2, 'a|b');
      INSERT INTO bids VALUES (1, 'eu', 1, 5), (2, 'us', 1, 7), (3, 'us', 1, 9), (4, 'us', NULL, 1)`);
    const plan = await bindYaml(
      builder,
      `
table: lots
fields:
  - text: title
  - has_many: bids
    table: bids
    foreign_key: [lot_region, lot_id]
    fields:
      - integer: amount
      - belongs_to: lot
        table: lots
        column: [lot_region, lot_id]
        fields:
          - text: title
`,
    );
    expect(await parsedBodies(builder, plan)).toEqual({
      'eu|1': { title: 'vase', bids: [{ amount: 5, lot: { title: 'vase' } }] },
      'us|1': {
        title: 'ring',
        bids: [
          { amount: 7, lot: { title: 'ring' } },
          { amount: 9, lot: { title: 'ring' } },
        ],
      },
      'us|2': { title: 'a|b', bids: [] },
    });
  });
});

describe('aggregates', () => {
  it('count, sum, avg, min, max and ids over one relation share one scan', async () => {
    const plan = await bindYaml(
      builder,
      `
table: customers
fields:
  - count: orders
    table: orders
    foreign_key: customer_id
  - sum: spent
    table: orders
    foreign_key: customer_id
    column: total
    value_type: decimal
  - object: stats
    fields:
      - avg: mean
        table: orders
        foreign_key: customer_id
        column: total
      - min: first
        table: orders
        foreign_key: customer_id
        column: status
        value_type: keyword
      - max: biggest
        table: orders
        foreign_key: customer_id
        column: total
        value_type: decimal
      - ids: orderIds
        table: orders
        foreign_key: customer_id
        element_type: integer
  - sum: paid
    table: orders
    foreign_key: customer_id
    column: total
    value_type: decimal
    filters:
      - column: status
        op: eq
        value: paid
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"orders":3,"spent":6.75,"stats":{"mean":3.375,"first":"new","biggest":5.50,"orderIds":[10,11,12]},"paid":5.50}',
      '2': '{"orders":1,"spent":2.00,"stats":{"mean":2,"first":"paid","biggest":2.00,"orderIds":[13]},"paid":2.00}',
      '3': '{"orders":0,"spent":null,"stats":{"mean":null,"first":null,"biggest":null,"orderIds":[]},"paid":null}',
    });
    expect(builder.describe(plan).build.match(/FROM "public"."orders"/g)).toHaveLength(2);
  });

  it('sums of floats do not depend on the order of the rows', async () => {
    await database.query(`
      CREATE TABLE sensors (id int PRIMARY KEY);
      CREATE TABLE readings (id serial PRIMARY KEY, sensor int, v float8, r real);
      CREATE INDEX ON readings (sensor);
      INSERT INTO sensors VALUES (1), (2), (3);
      INSERT INTO readings (sensor, v, r) VALUES (1, 1e16, 0.5), (1, 1, 0.25), (1, -1e16, 0.125), (1, 0.1, 0),
        (2, 'NaN', 1), (2, 1, 'Infinity'), (3, 0.1, 0.1), (3, 0.2, 0.2)`);
    const plan = await bindYaml(
      builder,
      `
table: sensors
fields:
  - sum: v
    table: readings
    foreign_key: sensor
    column: v
    value_type: double
  - avg: r
    table: readings
    foreign_key: sensor
    column: r
`,
    );
    expect(await bodies(builder, plan)).toEqual({
      '1': '{"v":1.1,"r":0.21875}',
      '2': '{"v":null,"r":null}',
      '3': '{"v":0.3,"r":0.15}',
    });
  });
});
