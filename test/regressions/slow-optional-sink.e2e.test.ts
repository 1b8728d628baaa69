import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { printedDocuments } from '../e2e/harness/printed-documents.ts';
import { waitFor } from '../support/wait.ts';
import { manyRows, numbers } from './harness/numbers.ts';
import { startSlowBulks } from './harness/slow-bulks.ts';

/** Longer than an optional sink is waited for. */
const tooSlowMs = 12_000;

/** Counts what the alias finds, again and again: -1 where there is none. */
function watchCounts(site: Deployment): { readonly end: () => Promise<readonly number[]> } {
  const seen = new Set<number>();
  let ended = false;
  const look = async () => {
    while (!ended) {
      const response = await fetch(`${site.search.url}/${site.search.prefix}numbers/_count`);
      const { count }: { count?: number } = JSON.parse(await response.text());
      if (response.ok && count !== undefined) seen.add(count);
      else if (response.status === 404) seen.add(-1);
      await delay(50);
    }
    return [...seen].sort((a, b) => a - b);
  };
  const looking = look();
  looking.catch(() => undefined);
  return {
    end: () => {
      ended = true;
      return looking;
    },
  };
}

test.concurrent.each([
  ['from its first bulk on', 0],
  ['in the middle', 6],
])(
  'an optional sink that is too slow %s of its first fill is found complete or not at all, and holds up nobody',
  async (_when, quickBulks) => {
    await using site = await Deployment.create({
      ...numbers(),
      search: { required: false },
      sinks: { out: { plugin: 'stdout' } },
    });
    await using front = await startSlowBulks(site.search.url);
    site.environment['OPENSEARCH_URL'] = front.url;
    if (quickBulks === 0) front.slow(tooSlowMs);
    const process = site.run();
    const watched = watchCounts(site);
    if (quickBulks > 0) {
      await waitFor(() => front.bulks > quickBulks, {
        what: 'some bulks',
        intervalMs: 1,
      });
      front.slow(tooSlowMs);
    }
    await process.untilLogged(
      'the sink to be left behind',
      ({ msg }) => msg.includes('the optional sink "search" does not take documents'),
      60_000,
    );
    await waitFor(() => printedDocuments(process.output, 'numbers').size === manyRows, {
      what: 'the required sink to be filled',
      intervalMs: 500,
    });
    await site.database.query("UPDATE numbers SET label = 'meanwhile' WHERE id % 100 = 7");
    await waitFor(() => process.output.includes('meanwhile'), {
      what: 'the required sink to go on',
      intervalMs: 500,
    });

    front.slow(0);
    await site.converged({ deadlineMs: 90_000 });
    const counts = await watched.end();
    expect(counts.filter((count) => count !== -1 && count !== manyRows)).toEqual([]);
    expect(counts).toContain(-1);
    expect(process.ending).toBeNull();
  },
);
