// The data of the macro benchmarks: users with nested orders with nested items, about 1.4 kB a document.

/** Rows of each table for `users` users. */
export const seedStatements = (users) => [
  'CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, country text NOT NULL, created_at timestamptz NOT NULL)',
  'CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, status text NOT NULL, total numeric(12,2) NOT NULL, placed_at timestamptz NOT NULL)',
  'CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, sku text NOT NULL, title text NOT NULL, quantity int NOT NULL, price numeric(12,2) NOT NULL)',
  `INSERT INTO users SELECT u, 'User number ' || u, 'user' || u || '@example.com', (ARRAY['de','fr','us','jp'])[1 + u % 4], timestamptz '2024-01-01' + u * interval '1 minute' FROM generate_series(1, ${users}) u`,
  `INSERT INTO orders SELECT o, (o - 1) / 4 + 1, (ARRAY['new','paid','sent'])[1 + o % 3], (o % 10000) / 100.0, timestamptz '2025-01-01' + o * interval '1 second' FROM generate_series(1, ${users * 4}) o`,
  `INSERT INTO items SELECT i, (i - 1) / 3 + 1, 'SKU-' || i % 5000, 'Item title number ' || i, 1 + i % 5, (i % 5000) / 100.0 FROM generate_series(1, ${users * 12}) i`,
  'CREATE INDEX ON orders (user_id)',
  'CREATE INDEX ON items (order_id)',
  'VACUUM ANALYZE',
  'CHECKPOINT',
];

/** What a document says, in Sluice's words. */
export const schema = `table: users
fields:
  - long: id
  - text: name
  - keyword: email
  - keyword: country
  - timestamp: created_at
  - has_many: orders
    table: orders
    foreign_key: user_id
    fields:
      - long: id
      - keyword: status
      - decimal: total
      - timestamp: placed_at
      - has_many: items
        table: items
        foreign_key: order_id
        fields:
          - long: id
          - keyword: sku
          - text: title
          - integer: quantity
          - decimal: price
`;
