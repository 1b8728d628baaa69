import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { shop } from '../faults/harness/shop.ts';
import { startWorkload } from '../faults/harness/workload.ts';

/** Long enough for the one that stands by to look several times. */
const togetherMs = 20_000;

test('of two processes on one configuration the second stands by and leaves the first alone, and takes over when that is killed', async () => {
  await using site = await Deployment.create(shop());
  const first = await site.start();
  await site.converged();
  await using workload = startWorkload(site.database.url);
  const followedBefore = first.events.length;
  const second = site.run();
  try {
    await second.untilLogged('the second to say that it stands by', (event) =>
      /stands by|held by another process/.test(JSON.stringify(event)),
    );
    await workload.until(20);
    await delay(togetherMs);
    await workload.until(20);

    first.assertRunning();
    second.assertRunning();
    expect(first.log).not.toMatch(/changed by another process/);
    const since = first.events.slice(followedBefore);
    expect(since.filter(({ msg }) => msg === 'phase' || msg === 'retry' || msg === 'recovered')).toEqual([]);
    expect(second.events.filter(({ phase }) => phase === 'live')).toEqual([]);
  } finally {
    await first.kill();
  }
  await second.untilLive();
  await workload.until(20);
  await workload.stop();
  await site.converged();
  expect(second.ending).toBeNull();
});
