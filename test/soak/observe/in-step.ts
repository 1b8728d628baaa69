import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Mechanism } from '../../e2e/harness/captures.ts';
import type { Deployment } from '../../e2e/harness/deployment.ts';
import { differences } from '../../e2e/harness/differences.ts';
import { marker, markerArrived } from '../../e2e/harness/marker.ts';
import { acknowledgement } from '../../faults/harness/capture-state.ts';
import { waitFor } from '../../support/wait.ts';
import type { Fleet } from '../fleet.ts';

export interface InStep {
  /** How many documents there have to be. */
  readonly documents: number;
  /** Empty where every document is what the rows say, stays so, and the source is held back by nothing. */
  readonly differences: readonly string[];
}

/** Longer than it takes to notice a connection that was forgotten on the way: nothing more is to be expected. */
const stuckMs = 80_000;
/** Whatever is still being said or written then. */
const deadlineMs = 600_000;

/** On a machine that has more to do than it can everything takes longer, a start without a word most of all. */
function patience(): number {
  return Math.min(Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()), 5);
}

/** Waits for quiet and compares every document with what the rows say. Nobody writes meanwhile. */
export async function inStep(site: Deployment, fleet: Fleet, capture: Mechanism): Promise<InStep> {
  const expected = await site.expected();
  const documents = Object.values(expected).reduce((sum, { size }) => sum + size, 0);
  const look = async () => {
    const found = Object.keys(site.indexes).map(async (index) =>
      differences(index, expected[index] ?? new Map(), await site.indexed(index)),
    );
    return (await Promise.all(found)).flat();
  };
  const alive = () => {
    if (fleet.running.length === 0) throw new Error('No process runs.');
  };
  const fail = (reason: string, lines: readonly string[]) => ({
    documents,
    differences: [`${reason}:\n  ${lines.join('\n  ')}`],
  });
  const left = await agreement(
    () => look().catch((error: unknown) => [String(error)]),
    () => fleet.all.reduce((sum, { process }) => sum + process.log.length, 0),
  );
  if (left.length > 0) return fail('not in step', left);
  try {
    const alias = new URL(`${site.search.prefix}${marker.index}`, site.search.url).href;
    await markerArrived(site.database, alias, alive);
    const later = await look();
    if (later.length > 0) return fail('was in step, then was not', later);
    const reached = await acknowledgement(site);
    await waitFor(reached, { what: `everything to be acknowledged to the ${capture} capture` });
    return { documents, differences: [] };
  } catch (error) {
    return { documents, differences: [error instanceof Error ? error.message : String(error)] };
  }
}

/** Looks until there are no differences, or neither they nor `said` changed for too long. */
async function agreement(
  look: () => Promise<readonly string[]>,
  said: () => number,
): Promise<readonly string[]> {
  const began = performance.now();
  let changedAt = began;
  let left = await look();
  let heard = said();
  while (left.length > 0) {
    await delay(300);
    const next = await look();
    const now = performance.now();
    if (next.join() !== left.join() || said() !== heard) changedAt = now;
    left = next;
    heard = said();
    if (now - changedAt > stuckMs * patience() || now - began > deadlineMs) break;
  }
  return left;
}
