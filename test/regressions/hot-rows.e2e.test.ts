import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startWorkload } from '../e2e/harness/workload.ts';
import { shop } from '../faults/harness/shop.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';

/** Transactions while OpenSearch is gone: each kept would be more than the memory holds. */
const missed = 8_000;

test('a few rows that change without a pause, and an OpenSearch that is gone for a while, do not fill the memory', async () => {
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
  await waitFor(
    () => {
      site.process.assertRunning();
      return workload.committed - before >= missed;
    },
    { what: `${missed} transactions`, deadlineMs: 240_000 },
  );
  await proxy.set('forward');
  await workload.stop();
  await site.converged({ deadlineMs: 90_000 });
  expect(site.process.ending).toBeNull();
});
