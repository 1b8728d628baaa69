import { type OpenSearchServer, startOpenSearch } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { secondConverged } from './harness/second-sink.ts';
import { shop } from './harness/shop.ts';
import { theSlot } from './harness/slots.ts';
import { startWorkload } from './harness/workload.ts';

let opensearch: OpenSearchServer;
beforeAll(async () => {
  opensearch = await startOpenSearch({ origins: ['container', 'embedded'] });
});
afterAll(() => opensearch.stop());

/** Resolves when the slot has moved past everything committed so far: nobody holds the source back. */
async function untilAcknowledged(site: Deployment): Promise<void> {
  const [row] = await site.database.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  await waitFor(
    async () => {
      site.process.assertRunning();
      const { confirmed } = await theSlot(site.database);
      const [reached] = await site.database.query<{ yes: boolean }>(
        'SELECT $1::pg_lsn >= $2::pg_lsn AS yes',
        [confirmed, row?.lsn],
      );
      return reached?.yes === true;
    },
    { what: 'the slot to move on', deadlineMs: 40_000 },
  );
}

test('an optional sink that refuses, or stalls, holds up nothing, and is reconciled when it answers', {
  timeout: 180_000,
}, async () => {
  await using proxy = await startProxy(opensearch.url);
  await using site = await Deployment.create({
    ...shop(),
    sinks: {
      second: { plugin: 'opensearch', url: proxy.through(opensearch.url), required: false },
    },
  });
  await site.start();
  await secondConverged(site, opensearch.url);
  await using workload = startWorkload(site.database.url);
  for (const weather of ['refuse', 'blackhole'] as const) {
    await proxy.set(weather);
    if (weather === 'refuse') proxy.cut();
    await workload.until(50);
    await untilAcknowledged(site);
    await workload.until(20);
    await proxy.set('forward');
    await workload.until(20);
    await waitFor(() => site.process.log.includes('answers again'), {
      what: 'the sink to be found',
      deadlineMs: 40_000,
    });
  }
  await workload.stop();
  await secondConverged(site, opensearch.url);
  expect(site.process.ending).toBeNull();
});

test('an optional sink that is down at the start is left out, and filled when it answers', {
  timeout: 120_000,
}, async () => {
  await using proxy = await startProxy(opensearch.url);
  await using site = await Deployment.create({
    ...shop(),
    sinks: {
      second: { plugin: 'opensearch', url: proxy.through(opensearch.url), required: false },
    },
  });
  await proxy.set('refuse');
  await site.start();
  await using workload = startWorkload(site.database.url);
  await workload.until(20);
  await untilAcknowledged(site);
  await proxy.set('forward');
  await workload.until(20);
  await workload.stop();
  await secondConverged(site, opensearch.url);
  expect(site.process.ending).toBeNull();
});

test('a sink that was taken out and put back has missed nothing, though the other one went on', {
  timeout: 120_000,
}, async () => {
  const both = { second: { plugin: 'opensearch', url: opensearch.url } };
  await using site = await Deployment.create({ ...shop(), sinks: both });
  await site.start();
  await secondConverged(site, opensearch.url);
  await site.process.stop();
  await site.reconfigure({ sinks: {} });
  await site.start();
  await using workload = startWorkload(site.database.url);
  await workload.until(60);
  await site.database.query('DELETE FROM customers WHERE id % 17 = 0');
  await untilAcknowledged(site);
  await site.process.stop();
  await workload.until(20);
  await site.reconfigure({ sinks: both });
  const process = await site.start();
  await workload.stop();
  await secondConverged(site, opensearch.url);
  const said = process.events.map(({ msg }) => msg).join('\n');
  expect(said).toMatch(/in sink "second" missed changes and is reconciled/);
  expect(said).not.toMatch(/in sink "search" missed changes/);
});
