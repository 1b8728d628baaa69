import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startWorkload } from '../e2e/harness/workload.ts';
import { shop } from '../faults/harness/shop.ts';
import { startProxy } from '../support/tcp-proxy.ts';

/** How long OpenSearch is gone. */
const outageMs = 15_000;

test('a few rows that change without a pause, and an OpenSearch that is gone for a while, do not fill the memory', {
  timeout: 180_000,
}, async () => {
  await using site = await Deployment.create(shop({ customers: 50, orders: 40 }));
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  await site.start({ heapMiB: 200 });
  await site.converged();
  const workload = await startWorkload(
    site.database,
    [
      {
        weight: 6,
        sql: (random) => `UPDATE customers SET name = 'hot ' || ${random(1_000_000)} WHERE id = ${random(3)}`,
      },
      { weight: 3, sql: (random) => `UPDATE orders SET total = ${random(900)} WHERE id = ${random(5)}` },
      {
        weight: 1,
        sql: (random) => `UPDATE orders SET status = 's${random(9)}' WHERE customer_id = ${random(3)}`,
      },
    ],
    { writers: 3, seed: 7 },
  );
  await proxy.set('refuse');
  proxy.cut();
  const before = workload.committed;
  await delay(outageMs);
  site.process.assertRunning();
  await proxy.set('forward');
  const during = workload.committed - before;
  await workload.stop();
  expect(during).toBeGreaterThan(1_000);
  await site.converged({ deadlineMs: 90_000 });
  expect(site.process.ending).toBeNull();
});
