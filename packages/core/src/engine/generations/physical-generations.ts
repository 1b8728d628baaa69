import type { Generation, Observer, SourceState } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { namedPlugins, naming } from '../captures/capture-record.ts';
import type { EngineIndex } from '../run/run-options.ts';
import { changeControl } from './control-requests.ts';
import { type GenerationRecord, recordId } from './generation-record.ts';
import { renumbered } from './index-control.ts';
import { isUntouched } from './record-changes.ts';
import { emptyRecord, Target, type TargetSink } from './target.ts';

export interface CreationContext {
  readonly source: SourceState;
  /** Records of sinks that keep none. */
  readonly memory: Map<string, GenerationRecord>;
  readonly observer: Required<Observer>;
}

export interface NewGeneration {
  readonly hash: string;
  /** Taken where it is free, else the next one that is. */
  readonly number: number;
}

/** Puts a generation on record that nothing was written to yet. Its physical index is to be made next. */
export async function createGeneration(
  sink: TargetSink,
  index: EngineIndex,
  { hash, number: first }: NewGeneration,
  { source, memory, observer }: CreationContext,
): Promise<Target> {
  const { schema } = index;
  let generation: Generation = { index: schema.index, hash, number: first, schema };
  // What has no record was not made by this deployment, or its records were lost: it is left alone.
  while ((await sink.sink.generations?.exists(generation)) === true) {
    generation = { ...generation, number: generation.number + 1 };
  }
  const { number } = generation;
  if (number !== first && sink.sink.records !== undefined) {
    await changeControl(sink.sink.records, schema.index, (held) =>
      renumbered(held, { hash, number: first }, number),
    );
  }
  const record = emptyRecord({ generation, source, epoch: 0 });
  const target = new Target({ sink, record, revision: null, wanted: true, memory, observer });
  // The record comes first: a physical index without a record would be taken for nobody's.
  await target.store((same) => same);
  return target;
}

/** Former generations are kept in step only where their physical index is; the record alone is forgotten. */
export async function isThere(target: Target, observer: Required<Observer>): Promise<boolean> {
  const { sink, generation } = target;
  const store = sink.sink.generations;
  if (store !== undefined && !(await store.exists(generation))) {
    observer.warning({
      code: 'SLUICE_SINK_INDEX_GONE',
      message: `the physical index of ${target.id}, a former generation, is gone from sink "${sink.name}"; it is forgotten`,
      index: generation.index,
    });
    await target.drop();
    return false;
  }
  try {
    await sink.sink.ensureIndex(generation);
  } catch (error) {
    // What the sink takes no longer for a new index it may still hold.
    if (!isSluiceError(error, 'SLUICE_SINK_REFUSED')) throw error;
  }
  return true;
}

/** Makes the physical index where it is missing; where something had been written to it, that begins anew. */
export async function ensurePhysical(target: Target, observer: Required<Observer>): Promise<void> {
  const { sink, generation, record } = target;
  const store = sink.sink.generations;
  const missing = store !== undefined && !(await store.exists(generation));
  if (missing && !isUntouched(record)) {
    observer.warning({
      code: 'SLUICE_SINK_INDEX_GONE',
      message: `the physical index of ${recordId(generation)} is gone from sink "${sink.name}"; it is built again`,
      index: generation.index,
    });
    await target.store((held) => ({
      ...emptyRecord({ generation, source: asState(held), epoch: held.epoch }),
      capture: { ...naming({ identity: '', position: null }, namedPlugins(held.capture)) },
    }));
  }
  await sink.sink.ensureIndex(generation);
  if (!target.record.seeded) await store?.beginBackfill(generation);
}

function asState(record: GenerationRecord): SourceState {
  return { ...record.source, version: BigInt(record.source.version) };
}
