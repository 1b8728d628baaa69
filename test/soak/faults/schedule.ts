import type { Stage } from '../stage.ts';
import type { Resource } from './fault.ts';
import type { PlannedFault } from './plan.ts';

/** A fault that another one keeps from its resources for longer is left out. */
const patienceMs = 3_000;

/** Longest rest after a fault, so that one that lasts does not end all others. */
const calmMs = 20_000;

/** Resolves when Sluice is live, or after so long. */
export async function untilLive(stage: Stage, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!stage.fleet.live && !stage.ended.aborted && performance.now() < deadline) await stage.while(100);
}

/** Lets the faults happen at their times; resolves when the last one is undone. */
export async function runFaults(plan: readonly PlannedFault[], stage: Stage): Promise<void> {
  const began = performance.now();
  const busy = new Map<Resource, Promise<void>>();
  const running: Promise<void>[] = [];
  for (const fault of plan) {
    await stage.while(fault.atMs - (performance.now() - began));
    if (stage.ended.aborted) break;
    const before = Promise.all(fault.uses.map((resource) => busy.get(resource) ?? Promise.resolve()));
    const done = oneFault(fault, before, stage);
    for (const resource of fault.uses) busy.set(resource, done);
    running.push(done);
  }
  await Promise.all(running);
}

async function oneFault(fault: PlannedFault, before: Promise<unknown>, stage: Stage): Promise<void> {
  const { timeline } = stage;
  const waited = performance.now();
  await before;
  if (performance.now() - waited > patienceMs || stage.ended.aborted) {
    timeline.say(`left out: ${fault.kind}: ${fault.what}`);
    return;
  }
  timeline.say(`begins: ${fault.kind}: ${fault.what}`);
  try {
    await fault.act(stage);
    timeline.count(fault.kind);
    timeline.say(`done: ${fault.kind}`);
    if (fault.calm) await untilLive(stage, calmMs);
  } catch (error) {
    timeline.say(`not done: ${fault.kind}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
