import type { CaptureRequirements, IndexPlan } from '../contracts/index.ts';
import { bindFormer, bindWanted } from './binding.ts';
import { requireFree } from './capture-readiness.ts';
import { naming, returning } from './capture-record.ts';
import type { NamedCapture } from './captures.ts';
import { type CaptureDecision, chooseCapture, describeChoice } from './choose-capture.ts';
import { openGenerations, type StoredGeneration, storedGenerations } from './generations.ts';
import { mergeRequirements } from './readiness.ts';
import type { RunState } from './run-state.ts';
import { sharedPlace } from './shared-places.ts';
import { isAway, type Target, type TargetSink } from './target.ts';

/** A generation with the plan that keeps it in step; no plan: its schema no longer fits, it is frozen. */
export interface PlannedTarget {
  readonly target: Target;
  readonly plan: IndexPlan | null;
}

export interface OpenedSession {
  readonly planned: readonly PlannedTarget[];
  /** Optional sinks that do not answer now. */
  readonly absent: readonly TargetSink[];
  readonly captures: CaptureDecision;
}

/** Looks at source, catalog and sinks, and opens every generation to keep in step. */
export async function openSession(run: RunState): Promise<OpenedSession> {
  const { options, observer, memory, sinks, versions, leases } = run;
  if (run.standing === null) observer.phase('connecting');
  const source = await options.documents.source();
  versions.compare(source.version);
  const wanted = await bindWanted(run);
  const indexes = options.indexes.filter(({ schema }) => wanted.has(schema.index));
  await requireOwnPlaces(run);
  const askedAt = leases.now();
  const present = new Map<TargetSink, readonly StoredGeneration[]>();
  const asked = sinks.map((sink) => whereThere(sink, run, () => storedGenerations(sink, memory)));
  for (const [position, stored] of (await Promise.all(asked)).entries()) {
    const sink = sinks[position];
    if (sink !== undefined && stored !== null) present.set(sink, stored);
  }
  const required = mergeRequirements([...wanted.values()].flatMap(({ tables }) => tables));
  const captures = await chooseCapture({
    choice: options.capture,
    records: new Map([...present].map(([sink, held]) => [sink, held.map(({ record }) => record)])),
    indexes,
    required,
    provision: options.provision ?? true,
  });
  run.captures = capturesOf(captures);
  await requireFreeCaptures(captures, required);
  tellChoice(captures, run);
  const opening = {
    indexes,
    source,
    capture: await captures.follow.capture.identity(),
    leases,
    askedAt,
    restart: versions.restart,
    epochs: run.epochs,
    adopt: options.adopt ?? false,
    observer,
    memory,
  };
  const targets: Target[] = [];
  for (const [sink, stored] of present) {
    const opened = await whereThere(sink, run, () => openGenerations(sink, stored, opening));
    if (opened === null) present.delete(sink);
    else targets.push(...opened);
  }
  await nameCaptures(targets, captures);
  versions.begin(source.version);
  run.targets = targets;
  const former = await bindFormer(run, targets);
  return {
    planned: targets.map((target) => ({
      target,
      plan: (target.wanted ? wanted.get(target.generation.index) : former.get(target.id)) ?? null,
    })),
    absent: sinks.filter((sink) => !present.has(sink)),
    captures,
  };
}

/** Once per run: addresses lead where they led. */
async function requireOwnPlaces(run: RunState): Promise<void> {
  if (run.placesChecked) return;
  const shared = await sharedPlace(run.sinks, run.options.indexes);
  if (shared !== null) throw shared;
  run.placesChecked = true;
}

/** Whoever holds the capture leads, and nobody else touches a record. */
async function requireFreeCaptures(captures: CaptureDecision, required: CaptureRequirements): Promise<void> {
  for (const capture of capturesOf(captures)) await requireFree(capture, required);
}

function capturesOf({ follow, switchTo }: CaptureDecision): readonly NamedCapture[] {
  return switchTo === null ? [follow] : [follow, switchTo];
}

function tellChoice(captures: CaptureDecision, run: RunState): void {
  const { observer } = run;
  const told = describeChoice(captures);
  if (told === null || told === run.toldChoice) return;
  run.toldChoice = told;
  if (captures.gone === null) observer.info({ message: told });
  else {
    observer.warning({
      code: 'SLUICE_CAPTURE_LOST',
      message: `${told}: ${captures.follow.plugin.name} takes over, and every index is reconciled`,
    });
  }
}

/**
 * Whatever is made in the source from here on is on record first. Generations that a switch had
 * already brought further than others go back to the capture that all of them can follow.
 */
async function nameCaptures(targets: readonly Target[], captures: CaptureDecision): Promise<void> {
  const plugins = capturesOf(captures).map(({ plugin }) => plugin);
  const { name } = captures.follow.plugin;
  for (const target of targets) {
    await target.update((record) => {
      const capture = naming(returning(record.capture, name) ?? record.capture, plugins);
      return capture === record.capture ? record : { ...record, capture };
    });
  }
}

/** What a sink answers. A required one must; an optional one that cannot is left out for now: null. */
async function whereThere<T>(
  sink: TargetSink,
  { observer }: RunState,
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (sink.required || !isAway(error)) throw error;
    const { code, message, hint } = error;
    const told = `the optional sink "${sink.name}" is left out for now: ${message}`;
    observer.warning({ code, message: told, ...(hint === undefined ? {} : { hint }) });
    return null;
  }
}
