import type { OpenSearchServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnOpenSearch } from '../support/own-servers.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { onlyHas, scans } from './harness/mechanisms.ts';
import { secondConverged } from './harness/second-sink.ts';
import { shop } from './harness/shop.ts';

let opensearch: OpenSearchServer;
beforeAll(async () => {
  opensearch = await startOwnOpenSearch();
});
afterAll(() => opensearch.stop());

test('a capture is changed while an optional sink is away: the required one misses nothing, the other is reconciled', {
  timeout: 120_000,
}, async () => {
  await using proxy = await startProxy(opensearch.url);
  await using site = await Deployment.create({
    ...shop(),
    capture: 'wal',
    sinks: {
      second: { plugin: 'opensearch', url: proxy.through(opensearch.url), required: false },
    },
  });
  await site.start();
  await secondConverged(site, opensearch.url);
  await site.process.stop();
  await proxy.set('refuse');
  await site.reconfigure({ capture: 'triggers' });
  const process = await site.start();
  await onlyHas(site, 'triggers');
  await site.database.query(`
    DELETE FROM customers WHERE id BETWEEN 20 AND 30;
    UPDATE customers SET name = 'unseen' WHERE id = 60`);
  await site.converged();
  expect(scans(process)).toEqual([]);
  await proxy.set('forward');
  await secondConverged(site, opensearch.url);
  expect(scans(process).filter(({ sink }) => sink === 'search')).toEqual([]);
});
