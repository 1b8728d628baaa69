import type { Mechanism } from '../../e2e/harness/captures.ts';
import { randomOf } from '../random.ts';
import { answerFaults } from './answers.ts';
import { configurationFaults } from './configuration.ts';
import type { Fault, FaultKind, Resource } from './fault.ts';
import { generationFaults } from './generations.ts';
import { networkFaults } from './network.ts';
import { processFaults } from './processes.ts';
import { serverFaults } from './servers.ts';
import { sourceFaults } from './source.ts';
import { waitFaults } from './waits.ts';

export interface PlannedFault extends Fault {
  readonly kind: string;
  readonly uses: readonly Resource[];
  /** Since the round began. */
  readonly atMs: number;
  /** Afterwards no process is touched until Sluice is live again. */
  readonly calm: boolean;
}

const kinds: readonly FaultKind[] = [
  ...processFaults,
  ...networkFaults,
  ...serverFaults,
  ...answerFaults,
  ...sourceFaults,
  ...configurationFaults,
  ...generationFaults,
  ...waitFaults,
];

export const faultKinds: readonly string[] = kinds.map(({ name }) => name);

/** What happens to a round and when: a pure function of the seed. `only`: these kinds alone. */
export function planFaults(
  seed: number,
  capture: Mechanism,
  forMs: number,
  only: readonly string[] = [],
): readonly PlannedFault[] {
  const unknown = only.find((name) => !faultKinds.includes(name));
  if (unknown !== undefined) {
    throw new Error(`There is no fault "${unknown}". There are: ${faultKinds.join(', ')}.`);
  }
  const random = randomOf(seed, 'faults');
  const possible = kinds.filter(
    (kind) =>
      (kind.capture === undefined || kind.capture === capture) &&
      (only.length === 0 || only.includes(kind.name)),
  );
  const gapMs = random.pick([1_200, 2_500, 5_000]);
  const busyUntil = new Map<Resource, number>();
  const planned: PlannedFault[] = [];
  for (let atMs = random.below(4_000); atMs < forMs; atMs += random.between(50, 2 * gapMs)) {
    const { name, uses, decide } = random.weighted(possible);
    const fault = decide(random);
    if (uses.some((resource) => (busyUntil.get(resource) ?? 0) > atMs)) continue;
    for (const resource of uses) busyUntil.set(resource, atMs + fault.lastsMs);
    planned.push({ ...fault, kind: name, uses, atMs, calm: uses.includes('process') && random.chance(70) });
  }
  return planned;
}
