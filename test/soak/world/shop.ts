import type { Random } from '../random.ts';
import type { Area } from './area.ts';
import { countBeats } from './beats.ts';

/**
 * Rows whose documents somebody watches all the time: many writes meet them. Those of the others that
 * nobody writes again show what was missed.
 */
export const watchedIds = Array.from({ length: 24 }, (_unused, n) => n + 1);

const productCount = 40;
const tagCount = 8;

const tables = (customers: number) => `
CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, price numeric, body text);
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, note text, beat bigint NOT NULL DEFAULT 0);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer_id integer REFERENCES customers ON UPDATE CASCADE ON DELETE CASCADE,
  status text,
  total numeric(12, 2),
  beat bigint NOT NULL DEFAULT 0
);
CREATE INDEX ON orders (customer_id);
CREATE TABLE lines (
  id integer PRIMARY KEY,
  order_id integer REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE,
  product_id integer REFERENCES products ON UPDATE CASCADE ON DELETE SET NULL,
  quantity integer
);
CREATE INDEX ON lines (order_id);
CREATE INDEX ON lines (product_id);
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE order_tags (
  order_id integer REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE,
  tag_id integer REFERENCES tags ON UPDATE CASCADE ON DELETE CASCADE,
  PRIMARY KEY (order_id, tag_id)
);
CREATE INDEX ON order_tags (tag_id);
${countBeats('customers')}
${countBeats('orders')}
INSERT INTO products SELECT n, 'product ' || n, n * 1.25,
  CASE WHEN n % 3 = 0 THEN (SELECT string_agg(md5(n || ' ' || part), '') FROM generate_series(1, 200) AS part) END
  FROM generate_series(1, ${productCount}) AS n;
INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, ${customers}) AS n;
INSERT INTO orders SELECT n, 1 + n % ${customers}, 'new', n / 100.0 FROM generate_series(1, ${customers * 2}) AS n;
INSERT INTO lines SELECT n, 1 + n % ${customers * 2}, 1 + n % ${productCount}, n % 7 FROM generate_series(1, ${customers * 4}) AS n;
INSERT INTO tags SELECT n, 'tag ' || n FROM generate_series(1, ${tagCount}) AS n;
INSERT INTO order_tags SELECT n, 1 + n % ${tagCount} FROM generate_series(1, ${customers}) AS n;`;

const customerOrders = (more: string) => `(
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status, 'beat', o.beat${more}) ORDER BY o.id), '[]')
  FROM orders AS o WHERE o.customer_id = c.id
)`;

const lineDocuments = `, 'total', o.total, 'lines', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'quantity', l.quantity, 'product',
      (SELECT jsonb_build_object('name', p.name, 'price', p.price) FROM products AS p WHERE p.id = l.product_id)
    ) ORDER BY l.id), '[]') FROM lines AS l WHERE l.order_id = o.id
  )`;

const ordersField = `
  - has_many: orders
    table: orders
    foreign_key: customer_id
    fields:
      - integer: id
      - keyword: status
      - long: beat`;

const indexes = {
  customers: {
    schema: `
table: customers
fields:
  - text: name
  - text: note
  - long: beat${ordersField}
      - decimal: total
      - has_many: lines
        table: lines
        foreign_key: order_id
        fields:
          - integer: id
          - integer: quantity
          - belongs_to: product
            table: products
            column: product_id
            fields:
              - text: name
              - decimal: price`,
    expected: `
SELECT c.id, jsonb_build_object(
  'name', c.name, 'note', c.note, 'beat', c.beat, 'orders', ${customerOrders(lineDocuments)}
) AS document FROM customers AS c`,
  },
  orders: {
    schema: `
table: orders
fields:
  - keyword: status
  - decimal: total
  - long: beat
  - belongs_to: customer
    table: customers
    column: customer_id
    fields:
      - text: name
  - count: lines
    table: lines
    foreign_key: order_id
  - sum: quantity
    table: lines
    foreign_key: order_id
    column: quantity
    value_type: long
  - many_to_many: tags
    table: tags
    through: { table: order_tags, left_key: order_id, right_key: tag_id }
    fields:
      - keyword: name`,
    expected: `
SELECT o.id, jsonb_build_object(
  'status', o.status, 'total', o.total, 'beat', o.beat,
  'customer', (SELECT jsonb_build_object('name', c.name) FROM customers AS c WHERE c.id = o.customer_id),
  'lines', (SELECT count(*) FROM lines AS l WHERE l.order_id = o.id),
  'quantity', (SELECT sum(l.quantity) FROM lines AS l WHERE l.order_id = o.id),
  'tags', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name) ORDER BY t.id), '[]')
    FROM order_tags AS ot JOIN tags AS t ON t.id = ot.tag_id WHERE ot.order_id = o.id
  )
) AS document FROM orders AS o`,
  },
  products: {
    schema: `
table: products
filters:
  - { column: price, op: is_not_null }
fields:
  - text: name
  - decimal: price
  - text: body
  - count: sold
    table: lines
    foreign_key: product_id
  - many_to_many: statuses
    table: orders
    through: { table: lines, left_key: product_id, right_key: order_id }
    filters:
      - { column: status, op: eq, value: rare }
    fields:
      - integer: id
      - keyword: status`,
    expected: `
SELECT p.id, jsonb_build_object(
  'name', p.name, 'price', p.price, 'body', p.body,
  'sold', (SELECT count(*) FROM lines AS l WHERE l.product_id = p.id),
  'statuses', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status) ORDER BY o.id), '[]')
    FROM orders AS o WHERE o.status = 'rare'
      AND o.id IN (SELECT l.order_id FROM lines AS l WHERE l.product_id = p.id)
  )
) AS document FROM products AS p WHERE p.price IS NOT NULL`,
  },
};

const changed = {
  customers: {
    schema: `
table: customers
filters:
  - { column: name, op: neq, value: hidden }
fields:
  - keyword: label
    column: name
  - long: beat${ordersField}`,
    expected: `
SELECT c.id, jsonb_build_object('label', c.name, 'beat', c.beat, 'orders', ${customerOrders('')}) AS document
FROM customers AS c WHERE c.name <> 'hidden'`,
  },
  orders: {
    schema: `
table: orders
fields:
  - keyword: state
    column: status
  - long: beat
  - ids: lines
    table: lines
    foreign_key: order_id
    element_type: integer`,
    expected: `
SELECT o.id, jsonb_build_object('state', o.status, 'beat', o.beat, 'lines', (
  SELECT coalesce(jsonb_agg(l.id ORDER BY l.id), '[]') FROM lines AS l WHERE l.order_id = o.id
)) AS document FROM orders AS o`,
  },
};

/**
 * Customers, orders, lines, products and tags with integer keys: deep trees, many-to-many links, aggregates,
 * large values, cascades, key changes, large transactions and truncates.
 */
export function shopArea(customers: number): Area {
  const someone = (random: Random) =>
    random.chance(40) ? random.pick(watchedIds) : random.between(1, customers + 10);
  const order = (random: Random) =>
    random.chance(40) ? random.pick(watchedIds) : random.between(1, customers * 2 + 20);
  const line = (random: Random) => random.between(1, customers * 4 + 20);
  const product = (random: Random) => random.between(1, productCount + 4);
  const tag = (random: Random) => random.between(1, tagCount);
  const maybe = (random: Random, value: string) => (random.chance(10) ? 'NULL' : value);
  const text = (random: Random) => `'text ${random.below(1e6)}'`;
  const large = (random: Random) =>
    `(SELECT string_agg(md5(part || '${random.below(1e6)}'), '') FROM generate_series(1, ${random.between(50, 400)}) AS part)`;
  return {
    tables: tables(customers),
    indexes,
    changed,
    followed: ['customers', 'orders', 'lines', 'products', 'tags', 'order_tags'],
    operations: [
      { weight: 60, sql: (r) => `UPDATE customers SET name = ${text(r)} WHERE id = ${someone(r)}` },
      { weight: 6, sql: (r) => `UPDATE customers SET name = 'hidden' WHERE id = ${someone(r)}` },
      {
        weight: 10,
        sql: (r) => `UPDATE customers SET note = ${maybe(r, large(r))} WHERE id = ${someone(r)}`,
      },
      { weight: 20, sql: (r) => `DELETE FROM customers WHERE id = ${someone(r)}` },
      {
        weight: 40,
        sql: (r) => `INSERT INTO customers VALUES (${someone(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 20,
        sql: (r) =>
          `INSERT INTO customers VALUES (${someone(r)}, ${text(r)}) ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      },
      { weight: 15, sql: (r) => `UPDATE customers SET id = ${someone(r)} WHERE id = ${someone(r)}` },
      {
        weight: 60,
        sql: (r) =>
          `UPDATE orders SET status = ${maybe(r, r.chance(20) ? "'rare'" : text(r))}, total = ${maybe(r, `${r.below(1e6)} / 100.0`)} WHERE id = ${order(r)}`,
      },
      {
        weight: 50,
        sql: (r) => `UPDATE orders SET customer_id = ${maybe(r, `${someone(r)}`)} WHERE id = ${order(r)}`,
      },
      { weight: 20, sql: (r) => `DELETE FROM orders WHERE id = ${order(r)}` },
      {
        weight: 50,
        sql: (r) =>
          `INSERT INTO orders VALUES (${order(r)}, ${someone(r)}, 'new', ${r.below(99)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 12, sql: (r) => `UPDATE orders SET id = ${order(r)} WHERE id = ${order(r)}` },
      {
        weight: 50,
        sql: (r) =>
          `INSERT INTO lines VALUES (${line(r)}, ${order(r)}, ${product(r)}, ${r.below(50)})
           ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, quantity = excluded.quantity`,
      },
      {
        weight: 40,
        sql: (r) => `UPDATE lines SET order_id = ${maybe(r, `${order(r)}`)} WHERE id = ${line(r)}`,
      },
      { weight: 20, sql: (r) => `UPDATE lines SET product_id = ${product(r)} WHERE id = ${line(r)}` },
      { weight: 20, sql: (r) => `DELETE FROM lines WHERE id = ${line(r)}` },
      { weight: 10, sql: (r) => `UPDATE lines SET id = ${line(r)} WHERE id = ${line(r)}` },
      {
        weight: 3,
        sql: (r) =>
          `UPDATE products SET price = ${maybe(r, `${r.below(9999)} / 100.0`)} WHERE id = ${product(r)}`,
      },
      { weight: 3, sql: (r) => `UPDATE products SET body = ${large(r)} WHERE id = ${product(r)}` },
      { weight: 2, sql: (r) => `UPDATE products SET id = ${product(r)} WHERE id = ${product(r)}` },
      { weight: 2, sql: (r) => `DELETE FROM products WHERE id = ${product(r)}` },
      {
        weight: 4,
        sql: (r) => `INSERT INTO products VALUES (${product(r)}, 'back', 1.5) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 15,
        sql: (r) => `INSERT INTO order_tags VALUES (${order(r)}, ${tag(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 15, sql: (r) => `DELETE FROM order_tags WHERE order_id = ${order(r)}` },
      {
        weight: 10,
        sql: (r) =>
          `UPDATE order_tags SET order_id = ${order(r)} WHERE order_id = ${order(r)} AND tag_id = ${tag(r)}`,
      },
      { weight: 2, sql: (r) => `UPDATE tags SET name = ${text(r)} WHERE id = ${tag(r)}` },
      // Large ones.
      { weight: 2, sql: (r) => `UPDATE orders SET status = ${text(r)} WHERE id % ${r.between(2, 9)} = 0` },
      { weight: 2, sql: (r) => `UPDATE lines SET quantity = quantity + 1 WHERE id % ${r.between(1, 9)} = 0` },
      { weight: 1, sql: (r) => `DELETE FROM lines WHERE id % ${r.between(3, 20)} = 0` },
      {
        weight: 2,
        sql: (r) => `INSERT INTO lines SELECT n, o.id, ${product(r)}, n % 5
          FROM generate_series(1, ${customers * 5}) AS n JOIN orders AS o ON o.id = 1 + n % ${customers * 2}
          WHERE n % ${r.between(1, 5)} = 0 ON CONFLICT DO NOTHING`,
      },
      {
        weight: 5,
        sql: () => `INSERT INTO customers SELECT n, 'again ' || n FROM generate_series(1, ${customers}) AS n ON CONFLICT DO NOTHING;
          INSERT INTO orders SELECT n, 1 + n % ${customers}, 'again', 1 FROM generate_series(1, ${customers * 2}) AS n ON CONFLICT DO NOTHING`,
      },
      { weight: 1, sql: (r) => `DELETE FROM customers WHERE id > ${r.between(20, customers)}` },
      // Emptied, some of them and filled again in the same transaction.
      { weight: 1, sql: () => 'TRUNCATE lines' },
      {
        weight: 1,
        sql: () => 'TRUNCATE order_tags; INSERT INTO order_tags SELECT id, 1 + id % 8 FROM orders',
      },
      { weight: 1, sql: () => 'TRUNCATE orders CASCADE' },
      {
        weight: 1,
        sql: () => `TRUNCATE customers CASCADE;
          INSERT INTO customers SELECT n, 'after all ' || n FROM generate_series(1, ${customers}) AS n`,
      },
    ],
  };
}
