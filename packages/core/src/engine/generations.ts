import { contentHash } from '../canonical-json.ts';
import type { Observer, Sink, SourceState } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { schemaContent } from '../schema-content.ts';
import { namedPlugins, naming } from './capture-record.ts';
import type { HistoryRestart } from './delivery.ts';
import { chooseGenerations } from './generation-choice.ts';
import { type GenerationRecord, readRecord, recordId } from './generation-record.ts';
import type { EngineIndex } from './run-options.ts';
import { judgeIdentity, otherSourceError } from './source-identity.ts';
import { emptyRecord, recordedSource, Target, type TargetSink } from './target.ts';

/** Raised when the same schema would lead to other documents or another mapping. */
const compilerLevel = 1;

export interface OpenGenerationsOptions {
  readonly indexes: readonly EngineIndex[];
  readonly source: SourceState;
  readonly holder: string;
  /** That the source's history restarted, where this run has seen more than records and source tell. */
  readonly restart: HistoryRestart | null;
  readonly adopt: boolean;
  readonly observer: Required<Observer>;
  /** Records of sinks that keep none, for as long as the run lasts. */
  readonly memory: Map<string, GenerationRecord>;
}

/** 16 hex digits over what shapes mapping and content of an index in a sink. */
export function generationHash(sink: Sink, index: EngineIndex): string {
  const { schema } = index;
  return contentHash({ compilerLevel, schema: schemaContent(schema), sink: sink.fingerprint(schema) });
}

/** A record that starts over: everything is scanned again, and what is gone is removed. */
export function restarted(record: GenerationRecord, reason: string): GenerationRecord {
  if (isUntouched(record)) return record;
  return {
    ...record,
    scan: { kind: 'reconcile', reason, boundaries: null, finished: [], rows: record.scan?.rows ?? 0 },
    requested: null,
  };
}

/** Nothing was ever written to it. */
export function isUntouched(record: GenerationRecord): boolean {
  return !record.seeded && record.capture.identity === '';
}

/**
 * Opens every generation in a sink that this run keeps in step: the one that each index wants, made where it
 * is missing, and complete former ones until it takes over. Checks first that this source is the
 * one they were written from; throws SLUICE_SOURCE_IDENTITY where it is not.
 */
export async function openGenerations(
  sink: TargetSink,
  stored: readonly StoredGeneration[],
  options: OpenGenerationsOptions,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const index of options.indexes) {
    if (!index.sinks.includes(sink.name)) continue;
    targets.push(...(await openIndex(sink, index, stored, options)));
  }
  return targets;
}

export interface StoredGeneration {
  readonly record: GenerationRecord;
  /** null: the sink keeps none. */
  readonly revision: string | null;
}

/** What a sink remembers; what the run does, of one that keeps no records. */
export async function storedGenerations(
  sink: TargetSink,
  memory: ReadonlyMap<string, GenerationRecord>,
): Promise<readonly StoredGeneration[]> {
  const store = sink.sink.records;
  if (store === undefined) {
    return [...memory]
      .filter(([id]) => id.startsWith(`${sink.name}/`))
      .map(([, record]) => ({ record, revision: null }));
  }
  const stored: StoredGeneration[] = [];
  for (const { value, revision } of await store.list()) {
    const record = readRecord(value);
    if (record !== null) stored.push({ record, revision });
  }
  return stored;
}

async function openIndex(
  sink: TargetSink,
  index: EngineIndex,
  stored: readonly StoredGeneration[],
  options: OpenGenerationsOptions,
): Promise<readonly Target[]> {
  const { memory, observer } = options;
  const ofIndex = stored.filter(({ record }) => record.index === index.schema.index);
  const hash = generationHash(sink.sink, index);
  const choice = chooseGenerations(
    ofIndex.map(({ record }) => record),
    hash,
  );
  const open = (record: GenerationRecord, wanted: boolean) => {
    const revision = ofIndex.find((each) => each.record === record)?.revision ?? null;
    return new Target({ sink, record, revision, wanted, memory, observer });
  };
  const wanted =
    choice.current === null
      ? await create(sink, index, { hash, number: choice.nextNumber }, options)
      : open(choice.current, true);
  const former = choice.following.map((record) => open(record, false));
  for (const target of [wanted, ...former]) await confirmSource(target, options);
  for (const record of choice.abandoned) await open(record, false).drop();
  await ensurePhysical(wanted, options);
  return [wanted, ...former];
}

async function create(
  sink: TargetSink,
  index: EngineIndex,
  { hash, number }: { readonly hash: string; readonly number: number },
  { source, memory, observer }: OpenGenerationsOptions,
): Promise<Target> {
  const generation = { index: index.schema.index, hash, number, schema: index.schema };
  const record = emptyRecord({ generation, source, epoch: 0 });
  const target = new Target({ sink, record, revision: null, wanted: true, memory, observer });
  // The record comes first: a physical index without a record would be taken for nobody's.
  await target.store((same) => same);
  return target;
}

async function ensurePhysical(target: Target, { observer }: OpenGenerationsOptions): Promise<void> {
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

async function confirmSource(target: Target, options: OpenGenerationsOptions): Promise<void> {
  const { source, holder, adopt, observer, restart } = options;
  const { record } = target;
  const judged = judgeIdentity({
    recorded: record.source,
    lease: record.lease,
    now: source,
    holder,
    clock: Date.now(),
  });
  const verdict =
    judged.verdict === 'same' && restart !== null && !isUntouched(record)
      ? ({ verdict: 'restarted', reason: restart.reason } as const)
      : judged;
  if (verdict.verdict === 'refused' && !adopt) {
    throw otherSourceError(record.index, target.sink.name, verdict.reason);
  }
  if (verdict.verdict === 'leased') {
    throw new SluiceError('SLUICE_CAPTURE_IN_USE', `index "${record.index}": ${verdict.reason}`, {
      hint: 'Sluice waits until that process is gone for certain.',
    });
  }
  if (verdict.verdict === 'same') {
    // The same source under another name: a later failover is told by the name used last.
    const renamed = record.source.host !== source.host || record.source.database !== source.database;
    if (renamed) await target.store((held) => ({ ...held, source: recordedSource(source) }));
    return;
  }
  observer.warning({
    code: 'SLUICE_SOURCE_HISTORY_CHANGED',
    message: `index "${record.index}": ${verdict.reason}; the epoch is raised and the index reconciled`,
    index: record.index,
  });
  await target.store((held) => ({
    ...restarted(held, verdict.reason),
    epoch: Math.max(held.epoch, restart?.epoch ?? 0) + 1,
    source: recordedSource(source),
  }));
}
