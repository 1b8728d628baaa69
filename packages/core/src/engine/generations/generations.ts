import { contentHash } from '../../canonical-json.ts';
import type { Observer, Sink, SourceState } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { schemaContent } from '../../schema-content.ts';
import { noCapture } from '../captures/capture-record.ts';
import type { HistoryRestart } from '../delivery/delivery.ts';
import type { LeaseState, LeaseWatch } from '../identity/lease-watch.ts';
import { judgeIdentity, otherSourceError } from '../identity/source-identity.ts';
import type { EngineIndex } from '../run/run-options.ts';
import type { StoredState } from '../run/stored-state.ts';
import { settleControl } from './control-settlement.ts';
import { chooseGenerations } from './generation-choice.ts';
import type { GenerationRecord } from './generation-record.ts';
import { createGeneration, ensurePhysical, isThere } from './physical-generations.ts';
import { isUntouched, restarted } from './record-changes.ts';
import { recordedSource, Target, type TargetSink } from './target.ts';

/** Raised when the same schema would lead to other documents or another mapping. */
const compilerLevel = 1;

export interface OpenGenerationsOptions {
  readonly indexes: readonly EngineIndex[];
  /** Whether a stored generation can be kept in step: its schema fits the tables. */
  readonly fits: (record: GenerationRecord) => boolean;
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

/**
 * Opens every generation in a sink that this run keeps in step: the one that each index wants, made where it
 * is missing, and complete former ones until it takes over. Checks first that this source is the
 * one they were written from; throws SLUICE_SOURCE_IDENTITY where it is not.
 */
export async function openGenerations(
  sink: TargetSink,
  stored: StoredState,
  options: OpenGenerationsOptions,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const index of options.indexes) {
    if (!index.sinks.includes(sink.name)) continue;
    targets.push(...(await openIndex(sink, index, stored, options)));
  }
  return targets;
}

async function openIndex(
  sink: TargetSink,
  index: EngineIndex,
  stored: StoredState,
  options: OpenGenerationsOptions,
): Promise<readonly Target[]> {
  const { memory, observer } = options;
  const targets = stored.generations
    .filter(({ record }) => record.index === index.schema.index)
    .map((held) => new Target({ sink, ...held, wanted: false, memory, observer }));
  // Before anything is decided, made or dropped: another source's generations are none of our business.
  for (const target of targets) await confirmSource(target, options);
  const records = targets.map(({ record }) => record);
  const configured = generationHash(sink.sink, index);
  const control = await settleControl(sink, { index, configured, records, stored }, options);
  const choice = chooseGenerations(records, configured, control);
  for (const target of among(targets, choice.abandoned)) await target.drop();
  const wanted =
    among(targets, choice.current === null ? [] : [choice.current])[0] ??
    (await createGeneration(sink, index, { hash: configured, number: choice.nextNumber }, options));
  wanted.wanted = true;
  await ensurePhysical(wanted, observer);
  const former: Target[] = [];
  for (const target of among(targets, choice.following)) {
    if (await isThere(target, observer)) former.push(target);
  }
  return [wanted, ...former];
}

function among(targets: readonly Target[], records: readonly GenerationRecord[]): readonly Target[] {
  return targets.filter(({ record }) => records.includes(record));
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
