import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { numbers } from './harness/numbers.ts';
import { startSlowBulks } from './harness/slow-bulks.ts';

const many = "INSERT INTO numbers SELECT n, n % 100, 'many' FROM generate_series(1001, 21000) AS n";

test('a page on its way to an empty index, whose rows are emptied before it arrives, leaves no document', async () => {
  await using site = await Deployment.create(numbers(0));
  await using front = await startSlowBulks(site.search.url);
  site.environment['OPENSEARCH_URL'] = front.url;
  await site.start();
  await site.converged();
  // Nothing is there to be listed: only waiting for the page keeps it from being forgotten.
  front.slow(3_000);
  const before = front.bulks;
  await waitFor(() => front.answered === before, { what: 'earlier bulks to be answered' });
  await site.database.query("INSERT INTO numbers SELECT n, 1, 'few' FROM generate_series(1, 100) AS n");
  await waitFor(() => front.bulks > before, { what: 'the page to be on its way', intervalMs: 1 });
  front.slow(0);
  await site.database.query('TRUNCATE numbers');
  await waitFor(() => front.answered > before, { what: 'the page to arrive' });
  await site.converged();
  expect((await site.indexed('numbers')).size).toBe(0);
});

test('rows inserted and emptied at once, while the sink takes its time, leave no document', async () => {
  await using site = await Deployment.create(numbers(500));
  await using front = await startSlowBulks(site.search.url);
  site.environment['OPENSEARCH_URL'] = front.url;
  await site.start();
  await site.converged();
  for (const slowMs of [300, 1_500]) {
    front.slow(slowMs);
    const before = front.bulks;
    await site.database.query(many);
    // The first pages are on their way when the table is emptied; the rest was not even built.
    await waitFor(() => front.bulks > before, { what: 'a bulk on its way', intervalMs: 1 });
    await site.database.query('TRUNCATE numbers');
    await waitFor(() => front.bulks > before + 3, { what: 'more bulks' });
    front.slow(0);
    await site.converged();
    expect((await site.indexed('numbers')).size).toBe(0);
  }
  await site.database.query("INSERT INTO numbers VALUES (1, 1, 'after')");
  await site.converged();
});

test('rows inserted and emptied in transactions right after each other, over and over, behind a slow network', async () => {
  await using site = await Deployment.create(numbers(500));
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  await site.start();
  await site.converged();
  proxy.delay(100);
  for (let round = 0; round < 4; round += 1) {
    await site.database.query(many);
    await site.database.query('TRUNCATE numbers');
  }
  await site.database.query("INSERT INTO numbers SELECT n, 1, 'last' FROM generate_series(1, 30) AS n");
  await site.converged();
  expect((await site.indexed('numbers')).size).toBe(30);
});

test('rows inserted and emptied while the sink is gone leave no document when it comes back', async () => {
  await using site = await Deployment.create(numbers(500));
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  const process = await site.start();
  await site.converged();
  await proxy.set('refuse');
  proxy.cut();
  await site.database.query(many);
  await process.untilLogged('a retry', ({ msg }) => msg === 'retry');
  await site.database.query('TRUNCATE numbers');
  await proxy.set('forward');
  await site.converged();
  expect((await site.indexed('numbers')).size).toBe(0);
});
