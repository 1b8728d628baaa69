import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import type { IndexFixture } from '../e2e/harness/fixture.ts';
import { waitFor } from '../support/wait.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

const changedOrders: IndexFixture = {
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

const meanwhile = `
  UPDATE orders SET status = 'meanwhile' WHERE id <= 20;
  UPDATE orders SET customer_id = customer_id + 1 WHERE customer_id BETWEEN 30 AND 40;
  DELETE FROM orders WHERE id BETWEEN 50 AND 60;
  DELETE FROM customers WHERE id BETWEEN 70 AND 75;
  INSERT INTO orders (customer_id, total) SELECT 80, 1 FROM generate_series(1, 5)`;

async function physicalIndexes(site: Deployment, index: string): Promise<readonly string[]> {
  const { client, prefix } = site.search;
  const { body } = await client.indices.get({ index: `${prefix}${index}_*` });
  return Object.keys(body).sort();
}

test('while a changed schema is built, the alias answers with all documents of the old one, in step', async () => {
  const { tables, indexes } = shop({ customers: 100, orders: 300 });
  const { orders } = indexes;
  await using site = await Deployment.create({ tables, indexes: orders === undefined ? {} : { orders } });
  await site.run().untilLive();
  await site.converged();
  await site.process.stop();
  const [former] = await physicalIndexes(site, 'orders');
  await site.reconfigure({ indexes: { orders: changedOrders } });

  const process = site.run();
  const seen = watchAlias(site, 30_000);
  let shown = 0;
  while (!process.events.some(({ msg, index }) => msg === 'promoted' && index === 'orders')) {
    process.assertRunning();
    const status = `step ${shown}`;
    await site.database.query('UPDATE orders SET status = $1 WHERE id = 1', [status]);
    await waitFor(
      async () => {
        const { body } = await site.search.client.get({ index: `${site.search.prefix}orders`, id: '1' });
        return body._source?.['status'] === status || body._source?.['state'] === status;
      },
      { what: 'the change to show through the alias' },
    );
    shown += 1;
  }
  await process.untilLive();
  const { looks, problems } = await seen.end();
  expect(problems).toEqual([]);
  expect(looks).toBeGreaterThan(10);
  expect(shown).toBeGreaterThan(2);
  await site.converged();
  const left = await physicalIndexes(site, 'orders');
  expect(left).toHaveLength(1);
  expect(left).not.toContain(former);
});

test('a schema changed during the backfill starts the next generation and drops the unfinished one', async () => {
  const { tables, indexes } = shop({ customers: 100, orders: 300 });
  await using site = await Deployment.create({ tables, indexes });
  await using workload = startWorkload(site.database.url, { clients: 1, paceMs: 50 });
  const process = site.run();
  await waitFor(
    async () => (await generationRecords(site)).some(({ scan }) => (scan?.finished.length ?? 0) > 0),
    { what: 'a finished range', intervalMs: 20 },
  );
  await process.kill();
  const [unfinished] = await physicalIndexes(site, 'orders');
  await site.reconfigure({ indexes: { ...indexes, orders: changedOrders } });
  await site.run().untilLive();
  await workload.stop();
  await site.converged();
  const left = await physicalIndexes(site, 'orders');
  expect(left).toHaveLength(1);
  expect(left).not.toContain(unfinished);
});

test('a former schema that comes back is filled anew, not found half stale', async () => {
  const { tables, indexes } = shop();
  await using site = await Deployment.start({ tables, indexes });
  for (const orders of [changedOrders, indexes['orders'], changedOrders]) {
    await site.process.stop();
    await site.database.query('UPDATE orders SET total = total + 1, status = status || 1 WHERE id % 10 = 0');
    await site.reconfigure({ indexes: { ...indexes, ...(orders === undefined ? {} : { orders }) } });
    await site.start();
    await site.converged();
  }
  expect(await physicalIndexes(site, 'orders')).toHaveLength(1);
});

test.each<
  readonly [
    string,
    (indexes: Readonly<Record<string, IndexFixture>>) => Readonly<Record<string, IndexFixture>>,
  ]
>([
  ['removed', ({ customers }) => (customers === undefined ? {} : { customers })],
  [
    'disabled',
    ({ orders, ...rest }) => (orders === undefined ? {} : { ...rest, orders: { ...orders, enabled: false } }),
  ],
  ['renamed', ({ orders, ...rest }) => (orders === undefined ? {} : { ...rest, purchases: orders })],
])('an index that is %s for a while, and then as before, has missed nothing', async (_how, without) => {
  const { tables, indexes } = shop();
  await using site = await Deployment.start({ tables, indexes });
  await site.process.stop();
  await site.reconfigure({ indexes: without(indexes) });
  await site.start();
  await site.database.query(meanwhile);
  await site.converged();
  await site.process.stop();
  await site.reconfigure({ indexes });
  const process = await site.start();
  const said = process.events.map(({ msg }) => msg).join('\n');
  expect(said).toMatch(/index "orders" in sink "search" missed changes and is reconciled/);
  await site.converged();
});

/** Looks all the time at what a user finds: an error, or fewer documents than there are rows, is a problem. */
function watchAlias(site: Deployment, rows: number) {
  const problems: string[] = [];
  let looks = 0;
  let watching = true;
  const ended = (async () => {
    while (watching) {
      const response = await fetch(new URL(`${site.search.prefix}orders/_count`, site.search.url));
      const text = await response.text();
      looks += 1;
      if (!response.ok || JSON.parse(text).count !== rows) problems.push(`${response.status} ${text}`);
      await delay(20);
    }
  })();
  return {
    end: async () => {
      watching = false;
      await ended;
      return { looks, problems };
    },
  };
}
