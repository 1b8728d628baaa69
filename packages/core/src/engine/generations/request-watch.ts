import type { CaptureRequirements, IndexPlan, RecordStore, SourceState } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { following } from '../captures/capture-record.ts';
import type { NamedCapture } from '../captures/captures.ts';
import { tableId } from '../delivery/lane.ts';
import type { EngineIndex } from '../run/run-options.ts';
import type { RunState } from '../run/run-state.ts';
import { storedState } from '../run/stored-state.ts';
import { repeat, SessionRestart } from '../run/upkeep.ts';
import { changeControl, storedControls } from './control-requests.ts';
import { tellDecision } from './control-settlement.ts';
import { generationHash } from './generations.ts';
import { decided, forConfiguration, type IndexControl, sameGeneration } from './index-control.ts';
import type { LivingGenerations } from './living-generations.ts';
import { createGeneration, ensurePhysical } from './physical-generations.ts';
import { isAway, type Target, type TargetSink } from './target.ts';

/** Between two looks at what was asked for. */
const everyMs = 1_500;

export interface RequestWatch {
  readonly run: RunState;
  readonly living: LivingGenerations;
  /** Of the indexes that are kept in step, by name: what the configuration says. */
  readonly configured: ReadonlyMap<string, IndexPlan>;
  readonly source: SourceState;
  readonly capture: NamedCapture;
  /** What the capture was asked to cover. */
  readonly required: CaptureRequirements;
  /** Sinks that are not there now. */
  readonly absent: readonly TargetSink[];
  readonly signal: AbortSignal;
}

/**
 * Carries out what was asked for by `reindex`, in this process or in another one, while everything else goes
 * on. What is decided is on record before it is begun, so that the next start goes on with it. Resolves
 * when the signal aborts.
 */
export async function watchRequests(watch: RequestWatch): Promise<void> {
  const { run, configured, absent } = watch;
  await repeat(everyMs, watch.signal, async () => {
    for (const sink of run.sinks) {
      const { records, generations } = sink.sink;
      if (records === undefined || generations === undefined || absent.includes(sink)) continue;
      const indexes = run.options.indexes.filter(
        ({ schema, sinks }) => sinks.includes(sink.name) && configured.has(schema.index),
      );
      for (const control of await controlsNow(sink, records, indexes)) {
        const index = indexes.find(({ schema }) => schema.index === control.index);
        if (index !== undefined && control.request?.state === 'asked')
          await carryOutThere(sink, index, watch);
      }
    }
  });
}

/** None while the sink is down: whoever writes to it waits for it. */
async function controlsNow(
  { required }: TargetSink,
  records: RecordStore,
  indexes: readonly EngineIndex[],
): Promise<readonly IndexControl[]> {
  try {
    return await storedControls(
      records,
      indexes.map(({ schema }) => schema.index),
    );
  } catch (error) {
    if (isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE') || (!required && isAway(error))) return [];
    throw error;
  }
}

/** An optional sink that is away in the middle of it is left out, and goes on when it is back. */
async function carryOutThere(sink: TargetSink, index: EngineIndex, watch: RequestWatch): Promise<void> {
  try {
    await carryOut(sink, index, watch);
  } catch (error) {
    const targets = watch.living.ofIndex(sink, index.schema.index).map(({ target }) => target);
    if (!targets.some((target) => target.leaveOut(error))) throw error;
  }
}

async function carryOut(sink: TargetSink, index: EngineIndex, watch: RequestWatch): Promise<void> {
  const { run, living } = watch;
  const { records: store, generations } = sink.sink;
  if (store === undefined || generations === undefined) return;
  const name = index.schema.index;
  const { generations: stored } = await storedState(sink, run.memory);
  const records = stored.map(({ record }) => record).filter((record) => record.index === name);
  const configured = generationHash(sink.sink, index);
  const promoted = await generations.promoted(name);
  let asked: IndexControl['request'] = null;
  const control = await changeControl(store, name, (held) => {
    asked = held.request;
    return decided(forConfiguration(held, configured), { configured, records, promoted });
  });
  tellDecision(control, asked, sink.name, run.observer);
  const { request, choice } = control;
  if (request?.state === 'done') await living.dropUnkept(sink, name, control);
  if (request?.state !== 'working' || choice === null) return;

  const there = living
    .ofIndex(sink, name)
    .find(({ target }) => sameGeneration(target.generation, choice.generation));
  if (there === undefined && request.action !== 'reindex') {
    throw new SessionRestart(
      `generation ${choice.generation.number} of index "${name}" is not kept in step here`,
    );
  }
  const target = there?.target ?? (await build(sink, index, choice.generation.number, watch));
  await living.elect(target);
  await living.dropUnfinished(sink, name);
  if (sameGeneration(promoted, target.generation)) {
    await living.promote(target);
    return;
  }
  target.awaitsPromotion = target.record.seeded;
  living.scansOf(target).start();
}

/** A generation that nothing was written to yet, receiving every change from here on. */
async function build(
  sink: TargetSink,
  index: EngineIndex,
  number: number,
  watch: RequestWatch,
): Promise<Target> {
  const { run, living, configured, capture, required, source, signal } = watch;
  const { observer, memory } = run;
  const plan = configured.get(index.schema.index);
  // After a rollback, nothing may have followed what the configuration reads: a start provisions that.
  if (plan === undefined || !covers(required, plan)) {
    throw new SessionRestart(`the next generation of index "${index.schema.index}" reads more tables`);
  }
  const hash = generationHash(sink.sink, index);
  const target = await createGeneration(sink, index, { hash, number }, { source, memory, observer });
  await ensurePhysical(target, observer);
  const identity = await capture.capture.identity();
  const position = await capture.capture.acknowledged();
  await target.update((record) => ({
    ...record,
    capture: following(record.capture, capture.plugin, { identity, position }),
  }));
  await capture.capture.settled({ signal, onWait: (message) => observer.info({ message }) });
  run.targets = [...run.targets, target];
  living.join(target, plan);
  return target;
}

/** Everything that the plan reads is captured already. */
function covers(required: CaptureRequirements, plan: IndexPlan): boolean {
  return plan.tables.every((wanted) => {
    const held = required.tables.find(({ table }) => tableId(table) === tableId(wanted.table));
    return held !== undefined && includes(held.links, wanted.links) && includes(held.watched, wanted.watched);
  });
}

function includes(all: readonly string[], some: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}
