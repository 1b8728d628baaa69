import type { OpenSearchServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnOpenSearch } from '../support/own-servers.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { untilAcknowledged } from './harness/capture-state.ts';
import { secondConverged } from './harness/second-sink.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

/** An optional sink is waited for 10 s: the required one may be held up for that, and what a busy machine takes. */
const leftOutMs = 30_000;

let opensearch: OpenSearchServer;
beforeAll(async () => {
  opensearch = await startOwnOpenSearch();
});
afterAll(() => opensearch.stop());

test.concurrent('an optional sink that refuses, or stalls, holds up nothing, and is reconciled when it answers', async () => {
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
    await untilAcknowledged(site, leftOutMs);
    await workload.until(20);
    await proxy.set('forward');
    await workload.until(20);
    await waitFor(() => site.process.log.includes('answers again'), {
      what: 'the sink to be found',
    });
  }
  await workload.stop();
  await secondConverged(site, opensearch.url);
  expect(site.process.ending).toBeNull();
});

test.concurrent('an optional sink that does not answer at the start is left out, and filled when it does', async () => {
  await using proxy = await startProxy(opensearch.url);
  await using site = await Deployment.create({
    ...shop(),
    sinks: {
      second: { plugin: 'opensearch', url: proxy.through(opensearch.url), required: false },
    },
  });
  await proxy.set('blackhole');
  await site.start();
  await using workload = startWorkload(site.database.url);
  await workload.until(20);
  await untilAcknowledged(site, leftOutMs);
  await proxy.set('forward');
  await workload.until(20);
  await workload.stop();
  await secondConverged(site, opensearch.url);
  expect(site.process.ending).toBeNull();
});

test.concurrent('a sink that was taken out and put back has missed nothing, though the other one went on', async () => {
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
