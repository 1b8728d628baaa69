import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { waitFor } from '../support/wait.ts';

const full = process.env['SLUICE_TEST_SIZE'] === 'full';

test('one transaction of a million changes goes through 256 MB of heap, and one that deletes a million rows', {
  timeout: 300_000,
}, async () => {
  const [parents, children] = [10_000, 1_000_000];
  await using site = await Deployment.create({
    tables: `
      CREATE TABLE meters (id integer PRIMARY KEY, place text NOT NULL);
      CREATE TABLE readings (
        id integer PRIMARY KEY, meter_id integer NOT NULL REFERENCES meters, amount integer NOT NULL
      );
      CREATE INDEX ON readings (meter_id);
      INSERT INTO meters SELECT n, 'place ' || n FROM generate_series(1, ${parents}) AS n;`,
    indexes: {
      meters: {
        schema: `
          table: meters
          fields:
            - keyword: place
            - count: readings
              table: readings
              foreign_key: meter_id
            - sum: amount
              table: readings
              foreign_key: meter_id
              column: amount
              value_type: long`,
        expected: `
          SELECT m.id, jsonb_build_object(
            'place', m.place, 'readings', count(r.id), 'amount', sum(r.amount)
          ) AS document FROM meters AS m LEFT JOIN readings AS r ON r.meter_id = m.id GROUP BY m.id`,
      },
    },
  });
  await site.start({ heapMiB: 256 });
  await site.converged();
  await site.database.query(
    `INSERT INTO readings SELECT n, 1 + n / 100 % ${parents}, n % 97 FROM generate_series(1, ${children}) AS n`,
  );
  await site.converged({ deadlineMs: 120_000 });
  await site.database.query('DELETE FROM readings');
  await site.converged({ deadlineMs: 120_000 });
  expect(site.process.ending).toBeNull();
});

test('50: one transaction that makes as many documents, one that removes them, and a table that is emptied at once', {
  timeout: 600_000,
}, async () => {
  const rows = full ? 1_000_000 : 100_000;
  await using site = await Deployment.create({
    tables: 'CREATE TABLE points (id integer PRIMARY KEY, n integer NOT NULL)',
    indexes: {
      points: {
        schema: `
          table: points
          fields:
            - integer: n`,
        expected: "SELECT id, jsonb_build_object('n', n) AS document FROM points",
      },
    },
  });
  await site.start({ heapMiB: 256 });
  await site.database.query(`INSERT INTO points SELECT n, n % 1000 FROM generate_series(1, ${rows}) AS n`);
  await untilCounted(site, 'points', rows);
  await site.converged();
  await site.database.query('DELETE FROM points');
  await untilCounted(site, 'points', 0);
  await site.converged();
  await site.database.query(`INSERT INTO points SELECT n, n % 1000 FROM generate_series(1, ${rows}) AS n`);
  await untilCounted(site, 'points', rows);
  await site.database.query('TRUNCATE points');
  await untilCounted(site, 'points', 0);
  await site.converged();
  expect(site.process.ending).toBeNull();
});

test('a change of one row is searchable long before a row that 100,000 documents show is through', async () => {
  const rows = full ? 1_000_000 : 100_000;
  await using site = await Deployment.create({
    tables: `
      CREATE TABLE brands (id integer PRIMARY KEY, name text NOT NULL);
      CREATE TABLE products (
        id integer PRIMARY KEY, brand_id integer NOT NULL REFERENCES brands, name text NOT NULL
      );
      CREATE INDEX ON products (brand_id);
      INSERT INTO brands VALUES (1, 'old'), (2, 'other');
      INSERT INTO products SELECT n, 1, 'product ' || n FROM generate_series(1, ${rows}) AS n;
      INSERT INTO products VALUES (0, 2, 'zero');
      ANALYZE products;`,
    indexes: {
      products: {
        schema: `
          table: products
          fields:
            - text: name
            - belongs_to: brand
              table: brands
              column: brand_id
              fields:
                - keyword: name`,
        expected: `
          SELECT p.id, jsonb_build_object('name', p.name, 'brand', jsonb_build_object('name', b.name)) AS document
          FROM products AS p JOIN brands AS b ON b.id = p.brand_id`,
      },
    },
  });
  const process = site.run({ heapMiB: 256 });
  await process.untilLive(120_000);
  await untilCounted(site, 'products', rows + 1);
  await site.database.query("UPDATE brands SET name = 'new' WHERE id = 1");
  await waitFor(async () => (await withBrand(site, 'new')) > 0, {
    what: 'the first of many documents',
    intervalMs: 20,
  });
  for (let change = 1; change <= 3; change += 1) {
    const name = `zero ${change}`;
    await site.database.query('UPDATE products SET name = $1 WHERE id = 0', [name]);
    await waitFor(
      async () => {
        const { body } = await site.search.client.get({ index: `${site.search.prefix}products`, id: '0' });
        return body._source?.['name'] === name;
      },
      { what: 'the one row to show' },
    );
    expect(await withBrand(site, 'new'), 'documents of the wide change by then').toBeLessThan(rows);
  }
  await untilBranded(site, rows);
  await site.converged();
});

async function untilCounted(site: Deployment, index: string, count: number): Promise<void> {
  await waitFor(
    async () => {
      site.process.assertRunning();
      return (await counted(site, index)) === count;
    },
    { what: `${count} documents`, deadlineMs: 300_000, intervalMs: 500 },
  );
}

async function untilBranded(site: Deployment, count: number): Promise<void> {
  await waitFor(async () => (await withBrand(site, 'new')) === count, {
    what: `${count} documents of the wide change`,
    deadlineMs: 120_000,
    intervalMs: 500,
  });
}

async function withBrand(site: Deployment, name: string): Promise<number> {
  return counted(site, 'products', { query: { term: { 'brand.name': name } } });
}

async function counted(site: Deployment, index: string, body: object = {}): Promise<number> {
  const { client, prefix } = site.search;
  await client.indices.refresh({ index: `${prefix}${index}` });
  return (await client.count({ index: `${prefix}${index}`, body })).body.count;
}
