import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startSlowBulks } from '../regressions/harness/slow-bulks.ts';
import { waitFor } from '../support/wait.ts';
import { acknowledgement } from './harness/capture-state.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

test('41: killed when OpenSearch has taken a bulk and before that is acknowledged, it loses nothing', async () => {
  await using site = await Deployment.create(shop());
  await using front = await startSlowBulks(site.search.url);
  const direct = site.environment['OPENSEARCH_URL'] ?? '';
  site.environment['OPENSEARCH_URL'] = front.url;
  await site.start();
  await site.converged();
  front.withholdAnswers();
  const before = front.answered;
  await site.database.query("UPDATE customers SET name = 'taken' WHERE id <= 5");
  const acknowledged = await acknowledgement(site);
  await waitFor(() => front.answered > before, { what: 'OpenSearch to take the bulk' });
  expect(await acknowledged()).toBe(false);
  await site.process.kill();
  await site.database.query(
    "UPDATE customers SET name = 'since' WHERE id <= 2; DELETE FROM customers WHERE id = 3",
  );
  site.environment['OPENSEARCH_URL'] = direct;
  await site.start();
  await site.converged();
  await waitFor(acknowledged, { what: 'what was taken twice to be acknowledged' });
});

test('48: while OpenSearch is unavailable nothing is acknowledged and writers go on; then all of it comes', async () => {
  await using site = await Deployment.create(shop());
  await using front = await startSlowBulks(site.search.url);
  site.environment['OPENSEARCH_URL'] = front.url;
  await site.start();
  await site.converged();
  await using workload = startWorkload(site.database.url);
  front.unavailable(true);
  const before = front.bulks;
  await site.database.query("UPDATE customers SET name = 'waits' WHERE id <= 10");
  const acknowledged = await acknowledgement(site);
  await waitFor(() => front.bulks >= before + 3, { what: 'several attempts' });
  await workload.until(200);
  expect(await acknowledged()).toBe(false);
  front.unavailable(false);
  await waitFor(acknowledged, { what: 'what had waited to be acknowledged' });
  await workload.stop();
  await site.converged();
  expect(site.process.ending).toBeNull();
});

test('65, 66: pages of a fill that arrive after rows moved behind them, changed and went leave what is newer', async () => {
  await using site = await Deployment.create(shop({ customers: 4_000, orders: 1 }));
  await using front = await startSlowBulks(site.search.url);
  site.environment['OPENSEARCH_URL'] = front.url;
  front.slow(2_000);
  const process = site.run();
  await waitFor(() => front.bulks > 2, { what: 'pages on their way', intervalMs: 1 });
  front.slow(0);
  await site.database.query(`
    UPDATE customers SET name = 'newer' WHERE id % 10 = 1;
    DELETE FROM customers WHERE id % 10 = 2;
    UPDATE orders SET id = -id WHERE id % 10 = 3;
    UPDATE orders SET status = 'newer', customer_id = 1 + customer_id % 400 * 10 WHERE id % 10 = 4`);
  await process.untilLive();
  await site.converged();
  expect(process.ending).toBeNull();
});
