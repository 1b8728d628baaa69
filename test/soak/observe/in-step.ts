import type { Mechanism } from '../../e2e/harness/captures.ts';
import { convergence } from '../../e2e/harness/convergence.ts';
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

/** A connection that was forgotten on the way is noticed after a minute; then there may be a reconcile. */
const deadlineMs = 180_000;

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
  try {
    await convergence({
      look: () => look().catch((error: unknown) => [String(error)]),
      settled: () =>
        markerArrived(
          site.database,
          new URL(`${site.search.prefix}${marker.index}`, site.search.url).href,
          alive,
        ),
      deadlineMs,
    });
    const reached = await acknowledgement(site);
    await waitFor(reached, { what: `everything to be acknowledged to the ${capture} capture` });
    return { documents, differences: [] };
  } catch (error) {
    return { documents, differences: [error instanceof Error ? error.message : String(error)] };
  }
}
