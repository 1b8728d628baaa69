import { newGeneration } from '../src/conformance/sink/trial.ts';
import type { Generation, IndexPlan, Sink } from '../src/contracts/index.ts';
import { Lane } from '../src/engine/delivery/lane.ts';
import { SinkHealth } from '../src/engine/delivery/sink-health.ts';
import { emptyRecord, Target } from '../src/engine/generations/target.ts';
import { fanOut } from '../src/engine/run/observers.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryDocuments } from './memory-documents.ts';

/** A generation in a required sink, made and on record, as a session has it once it was begun. */
export async function openTarget(sink: Sink, generation: Generation = newGeneration()): Promise<Target> {
  const observer = fanOut([]);
  const source = await new MemoryDocuments(new MemoryDatabase()).source();
  await sink.ensureIndex(generation);
  const empty = emptyRecord({ generation, source, epoch: 0 });
  const target = new Target({
    sink: {
      name: 'search',
      required: true,
      sink,
      health: new SinkHealth('search', observer, () => 0),
      patienceMs: 1_000,
    },
    record: { ...empty, capture: { ...empty.capture, identity: 'slot' } },
    revision: null,
    wanted: true,
    memory: new Map(),
    observer,
  });
  await target.confirm();
  return target;
}

/** A lane with one worker that writes to this generation alone. */
export function openLane(plan: IndexPlan, target: Target): Lane {
  return new Lane({
    plan,
    policy: 'stop',
    targets: [target],
    limits: { pageSize: 10, workers: 1, pending: { urgent: 100, bulk: 100 } },
    onStop: () => undefined,
  });
}
