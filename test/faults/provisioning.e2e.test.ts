import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { sourceFootprint } from '../e2e/harness/source-footprint.ts';
import { waitFor } from '../support/wait.ts';
import { follows, loseCapture, unfollow } from './harness/capture-state.ts';
import { shop } from './harness/shop.ts';
import { unseen } from './harness/unseen.ts';
import { startWorkload } from './harness/workload.ts';

test('a role that may not read is told for each table what to grant', async () => {
  await using site = await Deployment.create(shop());
  const role = await site.database.createRole();
  site.environment['DATABASE_URL'] = role.url;
  for (const command of ['run', 'check']) {
    const { code, output, log } = await site.command(command);
    expect(code).toBe(3);
    const grant = /GRANT SELECT ON (.*) TO "(.*)"/.exec(output + log);
    expect(grant?.[2]).toBe(role.name);
    for (const table of ['customers', 'orders', 'marker']) expect(grant?.[1]).toContain(`"${table}"`);
  }
});

test('after provision --remove nothing of Sluice is left in the source, and a run makes it again and reconciles', async () => {
  await using site = await Deployment.create(shop());
  const { database } = site;
  const before = await sourceFootprint(database);
  await site.start();
  await site.converged();
  expect(await sourceFootprint(database)).not.toEqual(before);
  await site.process.stop();
  const removed = await site.command('provision', '--remove');
  expect(removed.code, `it said:\n${removed.log}`).toBe(0);
  expect(await sourceFootprint(database)).toEqual(before);
  await database.query(unseen);
  const process = await site.start();
  expect(process.log).toContain('missed changes and is reconciled');
  await site.converged();
});

test('a slot or an outbox that is dropped while Sluice is stopped: said loudly, made again, reconciled', async () => {
  await using site = await Deployment.start(shop());
  await site.process.stop();
  await loseCapture(site);
  await site.database.query(unseen);
  const process = await site.start();
  expect(process.log).toContain('SLUICE_CAPTURE_LOST');
  await site.converged();
  for (const table of ['customers', 'orders']) expect(await follows(site, table)).toBe(true);
});

test('a slot or an outbox that is dropped while Sluice runs: said loudly, made again, reconciled', async () => {
  await using site = await Deployment.start(shop());
  await using workload = startWorkload(site.database.url);
  await workload.until(20);
  await loseCapture(site);
  await site.database.query(unseen);
  await workload.until(20);
  await workload.stop();
  await site.converged();
  expect(site.process.log).toContain('SLUICE_CAPTURE_LOST');
  expect(site.process.ending).toBeNull();
});

test.each(['runs', 'is stopped'])(
  'a table that is taken out of the publication or loses its triggers while Sluice %s is followed again and reconciled',
  async (when) => {
    await using site = await Deployment.start(shop());
    if (when === 'is stopped') await site.process.stop();
    for (const table of ['orders', 'customers']) {
      await unfollow(site, table);
      await site.database.query(unseen);
      if (when === 'is stopped') await site.start();
      await site.converged();
      await waitFor(() => follows(site, table), { what: `${table} to be followed again` });
      expect(await follows(site, table)).toBe(true);
      if (when === 'is stopped') await site.process.stop();
    }
  },
);

async function deletePhysicalIndex(site: Deployment, index: string): Promise<void> {
  const { client, prefix } = site.search;
  const { body } = await client.indices.get({ index: `${prefix}${index}_*` });
  await client.indices.delete({ index: Object.keys(body) });
}

test('a physical index deleted by hand while Sluice is stopped is built again', async () => {
  await using site = await Deployment.start(shop());
  await site.process.stop();
  await deletePhysicalIndex(site, 'customers');
  await site.database.query(unseen);
  const process = await site.start();
  expect(process.log).toMatch(/the physical index of customers_\w+ is gone/);
  await site.converged();
});
