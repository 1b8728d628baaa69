import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { watchAlias } from './harness/alias-watch.ts';
import { physicalIndexes, searched } from './harness/generations.ts';
import { generationRecords } from './harness/records.ts';
import { type RequestGate, startGate } from './harness/request-gate.ts';
import { shop } from './harness/shop.ts';

const rows = 600;
const { tables, indexes } = shop({ customers: 200, orders: 3 });
const { orders } = indexes;
if (orders === undefined) throw new Error('the shop has orders');
const renamed = {
  schema: `
    table: orders
    fields:
      - keyword: state
        column: status`,
  expected: "SELECT id, jsonb_build_object('state', status) AS document FROM orders",
};

let site: Deployment;
let gate: RequestGate;
beforeAll(async () => {
  site = await Deployment.create({ tables, indexes: { orders } });
  gate = await startGate(site.search.url);
  site.environment['OPENSEARCH_URL'] = gate.url;
  await site.start();
  await site.converged();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
});

const touch = (text: string) => site.database.query('UPDATE orders SET status = $1 WHERE id % 5 = 0', [text]);

/** One generation is left: the one that users search, complete, with its record. */
async function onlyLeft(number: number): Promise<void> {
  await site.converged();
  expect(await searched(site, 'orders')).toBe(number);
  const physical = await physicalIndexes(site, 'orders');
  expect(physical.map((name) => Number(name.split('_').at(-1)))).toEqual([number]);
  const records = (await generationRecords(site)).filter(({ index }) => index === 'orders');
  expect(records).toEqual([expect.objectContaining({ number, seeded: true, scan: null })]);
}

test.each([
  ['before the alias moves', 'before', / \/_aliases/],
  ['after the alias has moved', 'after', / \/_aliases/],
  ['after the former index is deleted', 'after', /^DELETE \/[^/]*orders_\w+_\d+$/],
] as const)(
  'killed %s in a reindex: users notice nothing, and the next run goes on',
  async (_when, when, step) => {
    const former = (await searched(site, 'orders')) ?? 0;
    const users = watchAlias(site, 'orders', rows);
    expectEnded(await site.command('reindex', 'orders', '--no-wait'), 0);
    await gate.hold((request) => step.test(request), when, 'that request');
    await site.process.kill();
    gate.open();
    await touch(`while nobody runs, ${former}`);
    await site.start();
    await onlyLeft(former + 1);
    await users.end();
    expect(users.problems).toEqual([]);
  },
);

test('killed after the alias has moved to a changed schema: users notice nothing, and the former one goes', async () => {
  const former = (await searched(site, 'orders')) ?? 0;
  await site.process.stop();
  await site.reconfigure({ indexes: { orders: renamed } });
  const users = watchAlias(site, 'orders', rows);
  site.run();
  await gate.hold((request) => / \/_aliases/.test(request), 'after', 'the alias to move');
  await site.process.kill();
  gate.open();
  await site.start();
  await onlyLeft(former + 1);
  await users.end();
  expect(users.problems).toEqual([]);
});

test('a changed fixed setting builds the next generation, a dynamic one is applied to the living', async () => {
  const former = (await searched(site, 'orders')) ?? 0;
  const users = watchAlias(site, 'orders', rows);
  const settings = async () => {
    const { body } = await site.search.client.indices.getSettings({
      index: `${site.search.prefix}orders`,
      flat_settings: true,
    });
    return Object.values(body)[0]?.settings;
  };
  await site.process.stop();
  await site.reconfigure({ search: { refresh_interval: '7s' } });
  await site.start();
  await onlyLeft(former);
  expect(await settings()).toMatchObject({ 'index.refresh_interval': '7s' });
  await site.process.stop();
  await site.reconfigure({ search: { refresh_interval: '7s', number_of_shards: 2 } });
  await site.start();
  await onlyLeft(former + 1);
  expect(await settings()).toMatchObject({ 'index.refresh_interval': '7s', 'index.number_of_shards': '2' });
  await users.end();
  expect(users.problems).toEqual([]);
});
