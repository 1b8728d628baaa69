import { contentHash } from '../canonical-json.ts';
import type { Observer, Sink, SourceState } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { schemaContent } from '../schema-content.ts';
import { namedPlugins, naming, noCapture } from './capture-record.ts';
import type { HistoryRestart } from './delivery.ts';
import { chooseGenerations } from './generation-choice.ts';
import { type GenerationRecord, readRecord, recordId } from './generation-record.ts';
import type { LeaseState, LeaseWatch } from './lease-watch.ts';
import type { EngineIndex } from './run-options.ts';
import { judgeIdentity, otherSourceError } from './source-identity.ts';
import { emptyRecord, recordedSource, Target, type TargetSink } from './target.ts';

/** Raised when the same schema would lead to other documents or another mapping. */
const compilerLevel = 1;

export interface OpenGenerationsOptions {
  readonly indexes: readonly EngineIndex[];
  readonly source: SourceState;
  /** The identity of the capture that is followed. */
  readonly capture: string;
  readonly leases: LeaseWatch;
  /** By `LeaseWatch`, before the records were asked for. */
  readonly askedAt: number;
  /** That the source's history restarted, where this run has seen more than records and source tell. */
  readonly restart: HistoryRestart | null;
  /** The epochs that this run knew of, by place: what it saw of the source's history belongs to them. */
  readonly epochs: Map<string, number>;
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
  const { source, adopt, observer, restart } = options;
  const { record } = target;
  const lease = options.leases.look(placeOf(target), record.lease, options.askedAt);
  const judged = judgeIdentity({ recorded: record.source, lease, now: source });
  const verdict =
    judged.verdict === 'same' && restart !== null && concerns(restart, target, options)
      ? ({ verdict: 'restarted', reason: restart.reason } as const)
      : judged;
  if (verdict.verdict === 'refused' && !adopt) {
    throw otherSourceError(record.index, target.sink.name, verdict.reason);
  }
  if (verdict.verdict === 'leased' && !adopt) throw leasedError(record, verdict.reason);
  if (verdict.verdict === 'same') {
    requireOwn(target, lease, options);
    // The same source by another name or after a restart: what comes later is told by what was used last.
    const { host, database, started } = record.source;
    const same = host === source.host && database === source.database && started === source.started;
    if (!same) await target.store((held) => ({ ...held, source: recordedSource(source) }));
  } else {
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
  options.epochs.set(placeOf(target), target.record.epoch);
}

function placeOf({ sink, id }: Target): string {
  return `${sink.name}/${id}`;
}

/** Another process may have led meanwhile and raised the epoch itself: what was seen here belongs to the one before. */
function concerns(
  restart: HistoryRestart,
  target: Target,
  { epochs }: Pick<OpenGenerationsOptions, 'epochs'>,
): boolean {
  const { record } = target;
  const known = epochs.get(placeOf(target)) ?? record.epoch;
  return !isUntouched(record) && (record.epoch <= known || record.epoch < restart.epoch);
}

/**
 * One capture has one follower. Another deployment with a capture of its own would not be kept out by
 * that: the two would go on taking the record from each other, and reconcile without end.
 */
function requireOwn({ record, sink }: Target, lease: LeaseState, { capture }: OpenGenerationsOptions): void {
  const { identity } = record.capture;
  if (lease === 'free' || identity === '' || identity === noCapture || identity === capture) return;
  const reason = `another process (${record.lease?.told}) keeps it in step by another capture (${identity}; here it is ${capture})`;
  if (lease === 'held') throw leasedError(record, reason);
  throw new SluiceError('SLUICE_SINK_SHARED', `index "${record.index}" in sink "${sink.name}": ${reason}`, {
    hint: 'Two deployments cannot share an index. Give one of them a `prefix` of its own, or stop the other one for good and start this one again.',
  });
}

function leasedError({ index }: GenerationRecord, reason: string): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', `index "${index}": ${reason}`, {
    hint: 'Sluice waits until that process is gone for certain: until 30 seconds have passed without a sign of it.',
  });
}
