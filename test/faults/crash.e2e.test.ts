import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { seededRandom } from './harness/random.ts';
import { generationRecord } from './harness/records.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

test('survives kill -9 at any moment of the backfill, and does not scan finished ranges again', async () => {
  const rows = 32_000;
  await using site = await Deployment.create(shop({ customers: rows, orders: 1 }));
  // A slow way to OpenSearch: a range takes longer than looking whether one is finished.
  await using proxy = await startProxy(site.search.url);
  proxy.delay(40);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  await using workload = startWorkload(site.database.url, { clients: 1, paceMs: 40 });
  const random = seededRandom(7);
  const progress = async () => {
    const { scan } = await generationRecord(site, 'customers');
    return { finished: scan?.finished.length ?? 0, ranges: (scan?.boundaries?.length ?? 0) + 1 };
  };
  for (let round = 1; round <= 2; round += 1) {
    const process = site.run();
    const before = round === 1 ? 0 : (await progress()).finished;
    await waitFor(async () => (await progress()).finished > before, {
      what: 'another finished range',
      intervalMs: 20,
    });
    await delay(random(150));
    await process.kill();
    expect((await progress()).finished).toBeGreaterThan(before);
  }
  const { finished, ranges } = await progress();
  expect(finished).toBeLessThan(ranges);
  proxy.delay(0);
  const process = await site.start();
  await workload.stop();
  await site.converged();
  await process.stop();
  const scanned = process.events
    .filter(({ msg, source, index }) => msg === 'written' && source === 'scan' && index === 'customers')
    .reduce((sum, { documents }) => sum + Number(documents), 0);
  expect(scanned).toBeGreaterThan(0);
  // Ranges are of equal size but for what the workload adds at the end.
  expect(scanned).toBeLessThan(rows * (1 - (finished - 0.5) / ranges) + 1_000);
});

test('survives kill -9 at any moment while it follows, and at the start', async () => {
  await using site = await Deployment.start(shop());
  await using workload = startWorkload(site.database.url);
  const random = seededRandom(3);
  for (let round = 0; round < 6; round += 1) {
    await workload.until(20);
    await delay(random(800));
    await site.process.kill();
    await workload.until(10);
    // Not always until it is live: a start is a moment like any other.
    if (round % 2 === 0) await site.start();
    else site.run();
  }
  await workload.stop();
  await site.converged();
  expect(site.process.ending).toBeNull();
});

test('SIGTERM writes what is on its way, acknowledges it, and leaves with 143', async () => {
  await using site = await Deployment.start(shop());
  await using workload = startWorkload(site.database.url);
  await workload.until(50);
  const { code } = await site.process.stop();
  expect(code).toBe(143);
  await workload.until(20);
  await workload.stop();
  const process = await site.start();
  await site.converged();
  expect(process.log).not.toContain('reconcile');
});

test('a second signal ends the process at once, though it cannot write, and nothing is lost by it', async () => {
  await using site = await Deployment.create(shop());
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  const process = await site.start();
  await site.converged();
  await proxy.set('blackhole');
  await site.database.query("UPDATE customers SET name = name || '!'");
  process.signal('SIGTERM');
  await process.untilLogged('draining', ({ msg, phase }) => msg === 'phase' && phase === 'draining');
  process.signal('SIGTERM');
  const { code } = await process.untilEnded();
  expect(code).toBe(143);
  // The first signal alone would have waited for the sink, and then said that it stopped.
  expect(process.events).not.toContainEqual(expect.objectContaining({ phase: 'stopped' }));
  await proxy.set('forward');
  await site.start();
  await site.converged();
});
