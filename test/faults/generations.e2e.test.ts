import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { waitFor } from '../support/wait.ts';
import { watchAlias } from './harness/alias-watch.ts';
import { inStep, physicalIndexes, searched } from './harness/generations.ts';
import { shop } from './harness/shop.ts';

const rows = 600;
const { tables, indexes } = shop({ customers: 200, orders: 3 });
const { customers, orders } = indexes;
if (customers === undefined || orders === undefined) throw new Error('the shop has both');
const renamed = {
  schema: `
    table: orders
    fields:
      - keyword: state
        column: status`,
  expected: "SELECT id, jsonb_build_object('state', status) AS document FROM orders",
};

let site: Deployment;
beforeAll(async () => {
  site = await Deployment.start({ tables, indexes: { customers, orders } });
});
afterAll(() => site[Symbol.asyncDispose]());

/** The physical index of a generation, without the prefix. */
async function generation(number: number): Promise<string> {
  const name = (await physicalIndexes(site, 'orders')).find((each) => each.endsWith(`_${number}`));
  if (name === undefined) throw new Error(`There is no generation ${number}.`);
  return name;
}

const touch = (text: string) => site.database.query('UPDATE orders SET status = $1 WHERE id % 5 = 0', [text]);

test('reindex --keep builds the next generation while everything goes on; both stay in step, and one can go back and forth', async () => {
  const users = watchAlias(site, 'orders', rows);
  const reindexing = site.command('reindex', 'orders', '--keep');
  let changed = 0;
  let ended = false;
  void reindexing.finally(() => {
    ended = true;
  });
  while (!ended) {
    // Another index, and the one that is rebuilt, show every change meanwhile.
    await site.database.query('UPDATE customers SET name = $1 WHERE id = 1', [`step ${changed}`]);
    await touch(`step ${changed}`);
    await waitFor(
      async () => {
        const { body } = await site.search.client.get({ index: `${site.search.prefix}customers`, id: '1' });
        return body._source?.['name'] === `step ${changed}`;
      },
      { what: 'the other index to follow' },
    );
    changed += 1;
  }
  expectEnded(await reindexing, 0);
  expect(await searched(site, 'orders')).toBe(2);
  await touch('kept');
  await site.converged();
  await inStep(site, await generation(1), orders.expected);

  expectEnded(await site.command('reindex', 'orders', '--rollback'), 0);
  expect(await searched(site, 'orders')).toBe(1);
  await touch('back');
  await site.converged();
  await inStep(site, await generation(2), orders.expected);
  // No session began anew for any of it.
  expect(site.process.events.filter(({ phase }) => phase === 'connecting')).toHaveLength(1);

  await site.process.stop();
  await touch('stopped');
  await site.start();
  await site.converged();
  expect(await searched(site, 'orders')).toBe(1);
  expectEnded(await site.command('reindex', 'orders', '--rollback'), 0);
  expect(await searched(site, 'orders')).toBe(2);

  expectEnded(await site.command('reindex', 'orders'), 0);
  await waitFor(async () => (await physicalIndexes(site, 'orders')).length === 1, {
    what: 'what is not kept to be dropped',
  });
  expect(await searched(site, 'orders')).toBe(3);
  await site.converged();
  const refused = await site.command('reindex', 'orders', '--rollback', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.output)).toMatchObject({ ok: false, error: { code: 'SLUICE_REINDEX_REFUSED' } });
  await users.end();
  expect(users.problems).toEqual([]);
  expect(users.looks).toBeGreaterThan(20);
});

test('keep_former keeps the generation of the former schema; a rollback outlives restarts, until the configuration changes', async () => {
  const users = watchAlias(site, 'orders', rows);
  const former = await searched(site, 'orders');
  await site.process.stop();
  await site.reconfigure({ indexes: { customers, orders: { ...renamed, keep_former: true } } });
  await site.start();
  await site.converged();
  const next = await searched(site, 'orders');
  expect(next).toBe((former ?? 0) + 1);
  await touch('both');
  await inStep(site, await generation(former ?? 0), orders.expected);

  expectEnded(await site.command('reindex', 'orders', '--rollback'), 0);
  expect(await searched(site, 'orders')).toBe(former);
  await site.process.kill();
  await touch('killed');
  await site.start();
  await inStep(site, await generation(former ?? 0), orders.expected);
  await inStep(site, await generation(next ?? 0), renamed.expected);
  expect(await searched(site, 'orders')).toBe(former);

  expectEnded(await site.command('reindex', 'orders'), 0);
  expect(await searched(site, 'orders')).toBe((next ?? 0) + 1);
  await site.converged();
  await users.end();
  expect(users.problems).toEqual([]);
});

test('a physical index that somebody removes while Sluice runs is made and filled again, with its mapping', async () => {
  const [physical] = await physicalIndexes(site, 'customers');
  await site.search.client.indices.delete({ index: `${site.search.prefix}${physical}` });
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
  const warnings = site.process.events.filter(({ code }) => code === 'SLUICE_SINK_INDEX_GONE');
  expect(warnings).toHaveLength(1);
  expect(await physicalIndexes(site, 'customers')).toEqual([physical]);
  const { body } = await site.search.client.indices.getMapping({ index: `${site.search.prefix}${physical}` });
  expect(Object.values(body)).toEqual([
    expect.objectContaining({ mappings: expect.objectContaining({ dynamic: 'strict' }) }),
  ]);
});

test('prune removes what the configuration no longer has, by exact name, and nothing else', async () => {
  const { client, prefix } = site.search;
  const [physical] = await physicalIndexes(site, 'customers');
  const kept = (await physicalIndexes(site, 'orders')).length;
  // Looks like one of ours, but no record says so.
  const foreign = `customers_${'0'.repeat(16)}_7`;
  await client.indices.create({ index: `${prefix}${foreign}` });
  await site.process.stop();
  await site.reconfigure({ indexes: { orders: { ...renamed, keep_former: true } } });
  const unasked = await site.command('indexes', 'prune');
  expect(unasked.code).toBe(2);
  expect(unasked.output).toContain(`${prefix}${physical}`);
  expect(unasked.output).not.toContain(foreign);
  expect(await searched(site, 'customers')).not.toBeNull();

  await site.start();
  const users = watchAlias(site, 'orders', rows);
  const pruned = await site.command('indexes', 'prune', '--yes', '--json');
  expect(JSON.parse(pruned.output)).toEqual({
    ok: true,
    data: { removed: [{ sink: 'search', name: physical }], left: [] },
  });
  expect(await searched(site, 'customers')).toBeNull();
  expect(await physicalIndexes(site, 'customers')).toEqual([foreign]);
  expect(await physicalIndexes(site, 'orders')).toHaveLength(kept);
  const listed = await site.command('indexes', '--json');
  const { data } = JSON.parse(listed.output);
  expect(
    data.map(({ index, state }: { index: string; state: string }) => `${index} ${state}`).sort(),
  ).toEqual(['marker promoted', 'orders kept', 'orders promoted']);

  // A kept one goes when it is asked for by name of what it is, though a run writes to it.
  expectEnded(await site.command('indexes', 'prune', '--kept', '--yes'), 0);
  expect(await physicalIndexes(site, 'orders')).toHaveLength(kept - 1);
  await users.end();
  expect(users.problems).toEqual([]);
  await site.converged();
});

test('a reindex that nobody is there for says so, and the next run carries it out', async () => {
  await site.process.stop();
  const before = await searched(site, 'orders');
  const unanswered = await site.command('reindex', 'orders');
  expect(unanswered.code).toBe(3);
  expect(unanswered.log).toContain('SLUICE_REINDEX_UNANSWERED');
  await site.start();
  await site.converged();
  expect(await searched(site, 'orders')).toBe((before ?? 0) + 1);
});
