import type { IndexPlan, Observer } from '../contracts/index.ts';
import { isSluiceError, SluiceError } from '../errors/index.ts';
import { bindFormer, bindWanted } from './binding.ts';
import { openGenerations } from './generations.ts';
import { mergeRequirements } from './readiness.ts';
import type { RunState } from './run-state.ts';
import type { Target, TargetSink } from './target.ts';

/** A generation with the plan that keeps it in step; no plan: its schema no longer fits, it is frozen. */
export interface PlannedTarget {
  readonly target: Target;
  readonly plan: IndexPlan | null;
}

export interface OpenedSession {
  readonly planned: readonly PlannedTarget[];
  /** Optional sinks that do not answer now. */
  readonly absent: readonly TargetSink[];
}

/** Looks at source, catalog and sinks, and opens every generation to keep in step. */
export async function openSession(run: RunState): Promise<OpenedSession> {
  const { options, observer, holder, memory, sinks, versions } = run;
  observer.phase('connecting');
  const source = await options.documents.source();
  versions.compare(source.version);
  const wanted = await bindWanted(run);
  await requireFreeCapture(run, wanted);
  const present: TargetSink[] = [];
  for (const sink of sinks) if (await answers(sink, observer)) present.push(sink);
  const targets = await openGenerations({
    indexes: options.indexes.filter(({ schema }) => wanted.has(schema.index)),
    sinks: present,
    source,
    holder,
    restart: versions.restart,
    adopt: options.adopt ?? false,
    observer,
    memory,
  });
  versions.begin(source.version);
  const former = await bindFormer(run, targets);
  return {
    planned: targets.map((target) => ({
      target,
      plan: (target.wanted ? wanted.get(target.generation.index) : former.get(target.id)) ?? null,
    })),
    absent: sinks.filter((sink) => !present.includes(sink)),
  };
}

/** Whoever holds the capture leads, and nobody else touches a record. */
async function requireFreeCapture(
  { options }: RunState,
  plans: ReadonlyMap<string, IndexPlan>,
): Promise<void> {
  const required = mergeRequirements([...plans.values()].flatMap(({ tables }) => tables));
  const { heldBy } = await options.capture.inspect(required);
  if (heldBy === undefined) return;
  throw new SluiceError('SLUICE_CAPTURE_IN_USE', `the capture is held by another process: ${heldBy}`, {
    hint: 'This one stands by and takes over when that one ends.',
  });
}

/** A required sink must answer; an optional one that does not is left out for now. */
async function answers(sink: TargetSink, observer: Required<Observer>): Promise<boolean> {
  if (sink.required) return true;
  try {
    await sink.sink.records?.list();
    return true;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const message = `the optional sink "${sink.name}" is left out for now: ${error.message}`;
    observer.warning({ code: error.code, message });
    return false;
  }
}
