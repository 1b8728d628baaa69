import type { Observer, SourceState } from '../../contracts/index.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { LeaseWatch } from '../identity/lease-watch.ts';
import type { EngineSink } from '../run/run-options.ts';
import { changeControl } from './control-requests.ts';
import { type GenerationRecord, readRecord, recordId } from './generation-record.ts';
import { controlId, readControl, sameGeneration } from './index-control.ts';
import { type SinkGenerations, stateOf } from './stored-generations.ts';
import { Target } from './target.ts';

/** A generation that nobody uses, or why it stays. */
export interface PruneCandidate {
  readonly sink: EngineSink;
  readonly record: GenerationRecord;
  /** Changed with every change of the record. */
  readonly revision: string;
  /** What it is called: `{index}_{hash}_{number}`, without the prefix. */
  readonly name: string;
  /** Users search it still, by the name of an index that the configuration does not have. */
  readonly promoted: boolean;
  /** It is kept in step for a rollback. */
  readonly kept: boolean;
  /** Why it is not removed; null: it can be. */
  readonly obstacle: string | null;
}

export interface PruneOptions {
  readonly source: SourceState;
  /** Former generations that are kept for a rollback, too. */
  readonly kept: boolean;
}

/** The generations that could go, each by its exact name. Changes nothing. */
export function pruneCandidates(held: SinkGenerations, options: PruneOptions): readonly PruneCandidate[] {
  const candidates: PruneCandidate[] = [];
  for (const { value, revision } of held.stored) {
    const record = readRecord(value);
    const question = record && held.questions.get(record.index);
    if (record === null || question === null || question === undefined) continue;
    const ours = question.records.find((each) => sameGeneration(each, record)) ?? record;
    const state = stateOf(ours, question);
    const promoted = sameGeneration(record, question.promoted);
    const isKept = sameGeneration(record, question.control?.kept ?? null) && !promoted;
    const unwanted = state === 'unused' || (promoted && question.configured === null);
    if (!unwanted && !(options.kept && isKept)) continue;
    const obstacle = foreign(record, options.source) ?? withoutWithdrawal(held.sink, promoted);
    candidates.push({
      sink: held.sink,
      record,
      revision,
      name: recordId(record),
      promoted,
      kept: isKept,
      obstacle,
    });
  }
  return candidates.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Why a generation is not this deployment's to remove. */
function foreign({ source: held }: GenerationRecord, source: SourceState): string | null {
  const same =
    held.system === source.system &&
    held.databaseOid === source.databaseOid &&
    held.database === source.database &&
    held.host === source.host;
  if (same) return null;
  return `it was written from ${held.host}/${held.database} (cluster ${held.system}), this is ${source.host}/${source.database} (cluster ${source.system})`;
}

function withoutWithdrawal({ name, sink }: EngineSink, promoted: boolean): string | null {
  if (!promoted || sink.generations?.withdraw !== undefined) return null;
  return `sink "${name}" cannot take the name that users search away from it`;
}

export interface PruneContext {
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
  /** Told where one has to wait, to be sure that a process is gone. */
  readonly onWait: (message: string) => void;
  /** Waits for a moment; rejects when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Removes a candidate, with its record at last. Resolves to null, or to why it stays: somebody writes to it,
 * or has changed its record since it was listed. Safe to repeat after it was broken off.
 */
export async function pruneGeneration(
  { sink, record, name, revision }: Pick<PruneCandidate, 'sink' | 'record' | 'name' | 'revision'>,
  context: PruneContext,
): Promise<string | null> {
  const { observer } = context;
  const store = sink.sink.records;
  if (store === undefined) return 'the sink keeps no records';
  const current = await whenAbandoned({ sink, record, name, revision }, context);
  if ('obstacle' in current) return current.obstacle;
  const target = new Target({
    sink: { ...sink, health: new SinkHealth(sink.name, observer), patienceMs: 0 },
    ...current,
    wanted: false,
    memory: new Map(),
    observer,
  });
  // By compare-and-set: whoever began to use it since has changed the record.
  await target.confirm();
  await sink.sink.generations?.withdraw?.(record);
  await target.drop();
  await forgetControl(sink, record);
  return null;
}

type Abandoned =
  | { readonly record: GenerationRecord; readonly revision: string }
  | { readonly obstacle: string };

/** The record as it is once nobody can be writing any more. */
async function whenAbandoned(
  candidate: Pick<PruneCandidate, 'sink' | 'record' | 'name' | 'revision'>,
  { onWait, pause, signal }: PruneContext,
): Promise<Abandoned> {
  const { sink, name } = candidate;
  const watch = new LeaseWatch('prune');
  let held = { record: candidate.record, revision: candidate.revision };
  for (let look = 0; ; look += 1) {
    const { record } = held;
    const state = watch.look(name, record.lease, watch.now());
    if (state === 'free') return held;
    if (state === 'renewed') return { obstacle: `${record.lease?.told} writes to it` };
    if (look === 0) onWait(`${name}: waiting up to 30 s, to be sure that ${record.lease?.told} is gone`);
    await pause(2_000, signal);
    const stored = (await sink.sink.records?.list())?.find(({ id }) => id === name);
    const now = stored === undefined ? null : readRecord(stored.value);
    if (stored === undefined || now === null) return { obstacle: 'somebody else removed it meanwhile' };
    held = { record: now, revision: stored.revision };
  }
}

/** The last generation takes what was decided about its index with it; a kept one is kept no longer. */
async function forgetControl({ sink }: EngineSink, { index, hash, number }: GenerationRecord): Promise<void> {
  const store = sink.records;
  if (store === undefined) return;
  const stored = await store.list();
  const left = stored.some(({ value }) => readRecord(value)?.index === index);
  const control = stored.find(({ id }) => id === controlId(index));
  if (control === undefined || readControl(control.value) === null) return;
  if (!left) {
    await store.remove(control.id, control.revision);
    return;
  }
  await changeControl(store, index, (held) =>
    sameGeneration(held.kept, { hash, number }) ? { ...held, kept: null } : held,
  );
}
