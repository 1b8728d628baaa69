import type { CaptureRequirements, IndexPlan, IndexSchema, SourceState } from '../../contracts/index.ts';
import { bindStored, bindWanted, type Fit } from '../binding.ts';
import { requireFree } from '../captures/capture-readiness.ts';
import { naming, returning } from '../captures/capture-record.ts';
import type { NamedCapture } from '../captures/captures.ts';
import { type CaptureDecision, chooseCapture, describeChoice } from '../captures/choose-capture.ts';
import { mergeRequirements } from '../captures/readiness.ts';
import { tellUnfollowed } from '../captures/unfollowed-captures.ts';
import { type GenerationRecord, recordId, writeRecord } from '../generations/generation-record.ts';
import { openGenerations } from '../generations/generations.ts';
import { isAway, type Target, type TargetSink } from '../generations/target.ts';
import { sharedPlace } from '../identity/shared-places.ts';
import type { RunState } from './run-state.ts';
import { type StoredState, storedState } from './stored-state.ts';

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
  /** As it was when the session began. */
  readonly source: SourceState;
  /** Of every index that fits its tables, by name: what the configuration says. */
  readonly configured: ReadonlyMap<string, IndexPlan>;
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
  const present = new Map<TargetSink, StoredState>();
  const asked = sinks.map((sink) => whereThere(sink, run, () => storedState(sink, memory)));
  for (const [position, stored] of (await Promise.all(asked)).entries()) {
    const sink = sinks[position];
    if (sink !== undefined && stored !== null) present.set(sink, stored);
  }
  const required = mergeRequirements([...wanted.values()].flatMap(({ tables }) => tables));
  const captures = await chooseCapture({
    choice: options.capture,
    records: new Map(
      [...present].map(([sink, { generations }]) => [sink, generations.map(({ record }) => record)]),
    ),
    indexes,
    required,
    provision: options.provision ?? true,
  });
  run.captures = capturesOf(captures);
  await requireFreeCaptures(captures, required);
  await recordUnfit(present, wanted, run);
  tellChoice(captures, run);
  if (!run.wasLive && !run.unfollowedTold) {
    run.unfollowedTold = true;
    const records = [...present.values()].flatMap(({ generations }) =>
      generations.map(({ record }) => record),
    );
    await tellUnfollowed(options.capture, records, observer);
  }
  const fitOf = await bindStored(run, schemasOf([...present.values()], wanted), wanted);
  const opening = {
    indexes,
    fits: ({ schema }: GenerationRecord) => fitOf(schema)?.plan !== null,
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
  const planned: PlannedTarget[] = [];
  for (const target of targets) planned.push(await planFor(target, fitOf(target.generation.schema), run));
  return {
    planned,
    source,
    configured: wanted,
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

/** An index that fits its tables no more has nobody here who would record that it is stopped. */
async function recordUnfit(
  present: ReadonlyMap<TargetSink, StoredState>,
  wanted: ReadonlyMap<string, IndexPlan>,
  run: RunState,
): Promise<void> {
  for (const [sink, { generations }] of present) {
    const { records } = sink.sink;
    if (records === undefined) continue;
    for (const { record, revision } of generations) {
      const stopped = wanted.has(record.index) ? undefined : run.stopped.get(record.index)?.error.message;
      if (stopped === undefined || stopped === record.stopped) continue;
      // Changed in between: whoever did that goes on with it.
      const put = () => records.put(recordId(record), writeRecord({ ...record, stopped }), revision);
      await whereThere(sink, run, put);
    }
  }
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

/** What generations of the configured indexes hold, but for those that are on their way out. */
function schemasOf(
  stored: readonly StoredState[],
  wanted: ReadonlyMap<string, IndexPlan>,
): readonly IndexSchema[] {
  return stored
    .flatMap(({ generations }) => generations)
    .filter(({ record }) => wanted.has(record.index) && record.dropping !== true)
    .map(({ record }) => record.schema);
}

/** One that no longer fits the tables is frozen, on record, and said to be. */
async function planFor(
  target: Target,
  fit: Fit | null,
  { observer }: Pick<RunState, 'observer'>,
): Promise<PlannedTarget> {
  const frozen = fit !== null && fit.plan === null ? fit.reason : null;
  if (frozen !== (target.record.frozen ?? null)) await target.update((record) => ({ ...record, frozen }));
  if (frozen !== null) {
    observer.warning({
      code: 'SLUICE_SOURCE_DRIFT',
      message: `the generation ${target.id} no longer fits the tables and is frozen: nobody can go back to it (${frozen})`,
      index: target.generation.index,
    });
  }
  return { target, plan: fit?.plan ?? null };
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
