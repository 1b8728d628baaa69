import type { OpenSearchServer, PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnOpenSearch, startOwnPostgres } from '../support/own-servers.ts';
import { waitFor } from '../support/wait.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

let postgres: PostgresServer;
let opensearch: OpenSearchServer;
beforeAll(async () => {
  [postgres, opensearch] = await Promise.all([startOwnPostgres(), startOwnOpenSearch()]);
});
afterAll(() => Promise.all([postgres.stop(), opensearch.stop()]));

const recovery = { deadlineMs: 120_000 };

async function createSite(options?: Parameters<typeof shop>[0]): Promise<Deployment> {
  return Deployment.create({
    ...shop(options),
    servers: { postgres: postgres.url, opensearch: opensearch.url },
  });
}

test('follows through restarts of Postgres, orderly and by SIGKILL', async () => {
  await using site = await createSite();
  await site.start();
  await using workload = startWorkload(site.database.url);
  for (const stop of [() => undefined, () => postgres.kill(), () => undefined, () => postgres.kill()]) {
    await workload.until(30);
    await stop();
    await postgres.restart();
  }
  await workload.until(30);
  await workload.stop();
  await site.converged(recovery);
  expect(site.process.ending).toBeNull();
});

test('fills through a restart of Postgres', async () => {
  await using site = await createSite({ customers: 12_000, orders: 1 });
  site.run();
  await using workload = startWorkload(site.database.url, { paceMs: 50 });
  await untilFilling(site);
  await postgres.kill();
  await postgres.restart();
  await workload.until(10);
  await workload.stop();
  await site.converged(recovery);
  expect(site.process.ending).toBeNull();
});

test('waits for OpenSearch to come back, while it follows and while it fills', {
  timeout: 300_000,
}, async () => {
  await using following = await createSite();
  await following.start();
  await using filling = await createSite({ customers: 12_000, orders: 1 });
  filling.run();
  await using one = startWorkload(following.database.url);
  await using other = startWorkload(filling.database.url, { paceMs: 50 });
  await untilFilling(filling);
  await one.until(30);
  await opensearch.kill();
  // Booting takes it another ten seconds or more.
  await one.until(200);
  await opensearch.restart();
  await one.until(20);
  await Promise.all([one.stop(), other.stop()]);
  await following.converged(recovery);
  await filling.converged(recovery);
  expect(following.process.ending).toBeNull();
  expect(filling.process.ending).toBeNull();
});

test('started before its servers, it waits for both and then works', async () => {
  await using site = await createSite();
  await Promise.all([postgres.kill(), opensearch.kill()]);
  const process = site.run();
  await process.untilLogged('a wait for Postgres', ({ msg, what }) => msg === 'retry' && what === 'source');
  await postgres.restart();
  await process.untilLogged('a wait for OpenSearch', ({ msg, what }) => msg === 'retry' && what === 'sink');
  await opensearch.restart();
  await process.untilLive();
  await site.converged(recovery);
  expect(process.ending).toBeNull();
});

async function untilFilling(site: Deployment): Promise<void> {
  await waitFor(
    async () => {
      site.process.assertRunning();
      return (await generationRecords(site)).some(({ scan }) => (scan?.finished.length ?? 0) > 0);
    },
    { what: 'a finished range', intervalMs: 20 },
  );
}
