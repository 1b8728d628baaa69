import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import type { IndexFixture } from '../e2e/harness/fixture.ts';
import { loseCapture } from '../faults/harness/capture-state.ts';
import { generationRecords } from '../faults/harness/records.ts';
import { shop } from '../faults/harness/shop.ts';
import { startWorkload } from '../faults/harness/workload.ts';
import { waitFor } from '../support/wait.ts';

const renamed: IndexFixture = {
  schema: `
    table: orders
    fields:
      - keyword: state
        column: status
      - belongs_to: customer
        table: customers
        column: customer_id
        fields:
          - text: name`,
  expected: `
    SELECT o.id, jsonb_build_object('state', o.status, 'customer', jsonb_build_object('name', c.name)) AS document
    FROM orders AS o JOIN customers AS c ON c.id = o.customer_id`,
};

/** Stopped in the middle of a reconcile of `orders`: its record says so. */
async function interruptReconcile(site: Deployment): Promise<void> {
  const { database } = site;
  await site.process.stop();
  await loseCapture(site);
  await database.query(`
    DELETE FROM orders WHERE id % 1000 = 1;
    UPDATE orders SET status = 'missed' WHERE id % 100 = 2`);
  const process = site.run();
  await waitFor(
    async () =>
      (await generationRecords(site)).some(
        ({ index, scan }) => index === 'orders' && scan?.kind === 'reconcile' && scan.boundaries !== null,
      ),
    { what: 'a reconcile under way', intervalMs: 20 },
  );
  await process.kill();
  const orders = (await generationRecords(site)).find(({ index }) => index === 'orders');
  expect(orders).toMatchObject({ seeded: true, scan: { kind: 'reconcile' } });
}

const meanwhile = `
  UPDATE orders SET status = 'meanwhile' WHERE id BETWEEN 100 AND 140;
  DELETE FROM orders WHERE id BETWEEN 200 AND 260;
  UPDATE orders SET id = -id WHERE id BETWEEN 300 AND 310`;

test('a schema changed while the former generation is being reconciled is built, and takes over', async () => {
  const { tables, indexes } = shop({ customers: 200, orders: 100 });
  await using site = await Deployment.create({ tables, indexes });
  await site.run().untilLive();
  await site.converged();
  await interruptReconcile(site);
  await site.database.query(meanwhile);
  await site.reconfigure({ indexes: { ...indexes, orders: renamed } });
  await using workload = startWorkload(site.database.url, { clients: 2, paceMs: 20 });
  const process = site.run();
  await process.untilLive();
  await workload.until(20);
  await workload.stop();
  await site.converged();
  const left = (await generationRecords(site)).filter(({ index }) => index === 'orders');
  expect(left).toEqual([expect.objectContaining({ seeded: true, scan: null })]);
  expectEnded(await process.stop(), 143);
});

test('a schema changed while the former generation is being reconciled is built by run --once, too', async () => {
  const { tables, indexes } = shop({ customers: 200, orders: 100 });
  await using site = await Deployment.create({ tables, indexes });
  await site.run().untilLive();
  await site.converged();
  await interruptReconcile(site);
  await site.database.query(meanwhile);
  await site.reconfigure({ indexes: { ...indexes, orders: renamed } });
  expectEnded(await site.runOnce(), 0);
  await site.converged();
});

test('a table emptied while a changed schema is built: the former generation is reconciled, and the next takes over', async () => {
  const { tables, indexes } = shop({ customers: 5_000, orders: 4 });
  const customers: IndexFixture = {
    schema: `
      table: customers
      fields:
        - text: called
          column: name
        - has_many: orders
          table: orders
          foreign_key: customer_id
          fields:
            - integer: id`,
    expected: `
      SELECT c.id, jsonb_build_object('called', c.name, 'orders', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id) ORDER BY o.id), '[]')
        FROM orders AS o WHERE o.customer_id = c.id
      )) AS document FROM customers AS c`,
  };
  await using site = await Deployment.create({ tables, indexes });
  await site.run().untilLive();
  await site.converged();
  await site.process.stop();
  await site.reconfigure({ indexes: { ...indexes, customers } });
  const process = site.run();
  await waitFor(
    async () =>
      (await generationRecords(site)).some(
        ({ index, seeded, scan }) => index === 'customers' && !seeded && scan?.boundaries != null,
      ),
    { what: 'the next generation being filled', intervalMs: 20 },
  );
  await site.database.query(`
    TRUNCATE orders;
    INSERT INTO orders (customer_id, total) SELECT 1 + n % 100, 3 FROM generate_series(1, 300) AS n`);
  await process.untilLive();
  await site.converged();
  const left = (await generationRecords(site)).filter(({ index }) => index === 'customers');
  expect(left).toEqual([expect.objectContaining({ seeded: true, scan: null })]);
});
