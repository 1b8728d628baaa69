import { expect, test } from 'vitest';
import type { Mechanism } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { waitFor } from '../support/wait.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

/** A capture beside the one that the deployment has. */
const besides: Readonly<Record<Mechanism, object>> = {
  wal: { slot: 'sluice_beside', poll_interval: '500ms' },
  triggers: { schema: 'sluice_beside', lease: '2s' },
};

test('whoever would keep an index of another process in step ends with one clear error, and harms nothing', async () => {
  await using site = await Deployment.create(shop({ customers: 60 }));
  const leader = await site.start();
  await site.converged();
  await waitFor(async () => (await generationRecords(site)).every(({ lease }) => lease !== null), {
    what: 'the leader to be on record',
  });
  await using workload = startWorkload(site.database.url, { paceMs: 50 });
  const before = leader.events.length;

  const once = site.command('run', '--once', '--log-format', 'json');
  const { search, capture } = site;
  if (capture === 'auto') throw new Error('Which capture it is has to be said.');

  // Another deployment, with a capture of its own, in the same database.
  await using other = await Deployment.create({
    ...shop({ customers: 60 }),
    tables: '',
    marker: 'none',
    prefix: search.prefix,
    captureOptions: besides[capture],
  });
  other.environment['DATABASE_URL'] = site.database.url;
  const stranger = other.run();

  // One in another database of the cluster, with the same names.
  await using neighbour = await Deployment.create({ ...shop({ customers: 30 }), prefix: search.prefix });
  const next = neighbour.run();

  // Two sinks that are one.
  await using twice = await Deployment.create({
    ...shop({ customers: 30 }),
    marker: 'none',
    sinks: { again: { plugin: 'opensearch', url: site.search.url.replace('127.0.0.1', 'localhost') } },
  });
  const same = await twice.run().untilEnded();
  expectEnded(same, 3);
  expect(same.log).toMatch(/the sinks \\?"search\\?" and \\?"again\\?" lead to the same place/);
  const checked = await twice.command('check');
  expect(checked.code).toBe(3);
  expect(checked.output + checked.log).toMatch(/lead to the same place/);

  const refused = await stranger.untilEnded();
  expectEnded(refused, 3);
  expect(refused.log).toMatch(/SLUICE_SINK_SHARED/);
  expect(refused.log).toMatch(/by another capture/);

  const elsewhere = await next.untilEnded();
  expectEnded(elsewhere, 3);
  expect(elsewhere.log).toMatch(/SLUICE_SOURCE_IDENTITY/);

  const ended = await once;
  expectEnded(ended, 3);
  expect(ended.log).toMatch(/another process keeps the indexes in step/);

  await workload.stop();
  site.attend(leader);
  await site.converged();
  const since = leader.events.slice(before);
  expect(since.filter(({ msg }) => !['written', 'promoted'].includes(msg))).toEqual([]);
});
