import { expect, test } from 'vitest';
import { captureUnderTest } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

interface BehindProxies extends AsyncDisposable {
  readonly site: Deployment;
  readonly toPostgres: TcpProxy;
  readonly toOpenSearch: TcpProxy;
}

async function startBehindProxies(): Promise<BehindProxies> {
  const site = await Deployment.create(shop());
  const toPostgres = await startProxy(site.database.url);
  const toOpenSearch = await startProxy(site.search.url);
  site.environment['DATABASE_URL'] = toPostgres.through(site.database.url);
  site.environment['OPENSEARCH_URL'] = toOpenSearch.through(site.search.url);
  await site.start();
  return {
    site,
    toPostgres,
    toOpenSearch,
    [Symbol.asyncDispose]: async () => {
      await site.process.kill();
      await Promise.all([toPostgres.close(), toOpenSearch.close()]);
      await site[Symbol.asyncDispose]();
    },
  };
}

/** Ends the sessions that a condition over pg_stat_activity picks; how many there were. */
async function terminate(site: Deployment, which: string): Promise<number> {
  const ended = await site.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'sluice%' AND ${which}`,
  );
  return ended.length;
}

/** Resolves when there was such a session to end. */
async function ended(site: Deployment, which: string, what: string): Promise<void> {
  await waitFor(
    async () => {
      if (site.process.ending !== null) return true;
      return (await terminate(site, which)) > 0;
    },
    { what },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${site.process.log.slice(-6000)}`, { cause: error });
  });
  site.process.assertRunning();
}

/** Picks the sessions that changes come from. */
const telling = {
  wal: "backend_type = 'walsender'",
  triggers: "application_name IN ('sluice capture', 'sluice wake')",
} as const;

test('goes on after the connections that changes come from, and the others, are terminated, again and again', async () => {
  await using behind = await startBehindProxies();
  const { site } = behind;
  const changes = telling[captureUnderTest()];
  await using workload = startWorkload(site.database.url);
  for (let round = 0; round < 5; round += 1) {
    await workload.until(15);
    await ended(site, changes, 'a connection that changes come from to end');
    await workload.until(15);
    await ended(site, `NOT (${changes})`, 'another connection to end');
  }
  await ended(site, 'true', 'connections to end');
  await workload.stop();
  await site.converged();
  expect(site.process.ending).toBeNull();
});

test.each([
  ['Postgres', 'toPostgres'],
  ['OpenSearch', 'toOpenSearch'],
] as const)('gets over resets, refusals, stalls and delays on the way to %s', async (_name, way) => {
  await using behind = await startBehindProxies();
  const { site } = behind;
  const proxy = behind[way];
  await using workload = startWorkload(site.database.url);
  for (let round = 0; round < 3; round += 1) {
    proxy.cut();
    await workload.until(10);
  }
  await proxy.set('refuse');
  proxy.cut();
  await workload.until(50);
  await proxy.set('forward');
  await workload.until(20);
  await proxy.set('blackhole');
  await workload.until(50);
  await proxy.set('forward');
  proxy.delay(40);
  await workload.until(20);
  proxy.halfOpen();
  await workload.until(20);
  proxy.delay(0);
  await workload.stop();
  await site.converged();
  expect(site.process.ending).toBeNull();
});

// Both wait for half a minute.
test.concurrent.each([
  ['Postgres', 'toPostgres'],
  ['OpenSearch', 'toOpenSearch'],
] as const)('notices by itself when connections to %s are forgotten on the way', async (_name, way) => {
  await using behind = await startBehindProxies();
  const { site } = behind;
  await using workload = startWorkload(site.database.url, { paceMs: 50 });
  await workload.until(10);
  behind[way].forget();
  await workload.until(20);
  await workload.stop();
  await site.converged({ deadlineMs: 100_000 });
  expect(site.process.ending).toBeNull();
});
