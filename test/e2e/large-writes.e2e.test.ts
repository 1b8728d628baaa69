import { beforeAll, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';

const rows = 50_000;
/** A heap in which the rows of one statement would not fit several times over. */
const heapMiB = 96;

let catalog: Deployment;
beforeAll(async () => {
  catalog = await Deployment.create({
    tables: `
      CREATE TABLE makers (id integer PRIMARY KEY, name text NOT NULL);
      CREATE TABLE parts (
        id integer PRIMARY KEY,
        maker_id integer REFERENCES makers,
        name text NOT NULL,
        price numeric(10, 2) NOT NULL
      );
      CREATE INDEX ON parts (maker_id);
      INSERT INTO makers SELECT n, 'maker ' || n FROM generate_series(1, 5) AS n;
      INSERT INTO parts SELECT n, 1 + n % 4, 'part ' || n, n / 100.0 FROM generate_series(1, ${rows}) AS n;
      ANALYZE`,
    indexes: {
      parts: {
        schema: `
          table: parts
          fields:
            - text: name
            - decimal: price
            - belongs_to: maker
              table: makers
              column: maker_id
              fields:
                - keyword: name`,
        expected: `
          SELECT p.id, jsonb_build_object('name', p.name, 'price', p.price, 'maker', jsonb_build_object('name', m.name)) AS document
          FROM parts AS p JOIN makers AS m ON m.id = p.maker_id`,
      },
      makers: {
        schema: `
          table: makers
          fields:
            - text: name
            - count: parts
              table: parts
              foreign_key: maker_id
            - sum: value
              table: parts
              foreign_key: maker_id
              column: price
              value_type: decimal`,
        expected: `
          SELECT m.id, jsonb_build_object(
            'name', m.name,
            'parts', (SELECT count(*) FROM parts AS p WHERE p.maker_id = m.id),
            'value', (SELECT sum(price) FROM parts AS p WHERE p.maker_id = m.id)
          ) AS document FROM makers AS m`,
      },
    },
  });
  await catalog.start({ heapMiB });
  await catalog.converged();
  return () => catalog[Symbol.asyncDispose]();
});

test.each(
  Object.entries({
    [`an UPDATE of ${rows} rows`]: 'UPDATE parts SET price = price + 1',
    'one row that half of the documents show': "UPDATE makers SET name = 'changed' WHERE id IN (1, 2)",
    'children that move to another parent by the thousand':
      'UPDATE parts SET maker_id = 1 + (maker_id + 1) % 5 WHERE id % 2 = 0',
    'a DELETE of half of all rows': 'DELETE FROM parts WHERE id % 2 = 1',
  }),
)('%s', async (_name, sql) => {
  await expectChange(catalog, sql, { deadlineMs: 100_000 });
});
