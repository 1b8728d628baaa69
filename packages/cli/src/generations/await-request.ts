import { setTimeout as delay } from 'node:timers/promises';
import { type RecordStore, SluiceError } from '@sluice/core';
import { type ControlRequest, LeaseWatch, type RequestProgress, requestProgress } from '@sluice/core/engine';
import { formatCount, formatDuration } from '../output/units.ts';

/** Between two looks, in ms. */
const everyMs = 1_000;
/** A run that is there begins within seconds. */
const answerMs = 12_000;
/** Between two lines that only tell how far it is. */
const tellEveryMs = 5_000;

export interface AwaitedRequest {
  readonly store: RecordStore;
  readonly index: string;
  readonly sink: string;
  readonly request: ControlRequest;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/**
 * Waits until a run has carried out what was asked for, and tells how far it is.
 *
 * @throws SLUICE_REINDEX_REFUSED with the reason; SLUICE_REINDEX_UNANSWERED where nobody runs
 */
export async function awaitRequest(awaited: AwaitedRequest): Promise<RequestProgress> {
  const { store, index, sink, request, signal, tell } = awaited;
  const leases = new LeaseWatch('reindex');
  const began = performance.now();
  let first: { readonly at: number; readonly rows: number } | null = null;
  let told = { phase: '', at: 0 };
  let seenAlive = began;
  for (;;) {
    signal.throwIfAborted();
    const asked = leases.now();
    const progress = await requestProgress(store, index, request.id);
    if (progress.phase === 'done') return progress;
    if (progress.phase === 'refused' || progress.phase === 'replaced') throw refused(awaited, progress);
    const looks = [...progress.leases].map(([id, lease]) => leases.look(id, lease, asked));
    if (looks.includes('renewed')) seenAlive = performance.now();
    // A process that was killed leaves its leases: they are watched until it is sure that nobody renews them.
    const nobody = looks.every((state) => state === 'free') && performance.now() - seenAlive > answerMs;
    if (nobody) throw unanswered(awaited, progress);
    const now = performance.now();
    if (progress.phase !== told.phase || (progress.phase === 'filling' && now - told.at > tellEveryMs)) {
      const { rows } = progress;
      first ??= rows === null ? null : { at: now, rows: rows.done };
      tell(`${index} in ${sink}: ${describe(progress, first, now)}`);
      told = { phase: progress.phase, at: now };
    }
    await delay(everyMs, undefined, { signal });
  }
}

function describe(
  { phase, generation, rows }: RequestProgress,
  first: { readonly at: number; readonly rows: number } | null,
  now: number,
): string {
  const name = generation === null ? 'the generation' : `generation ${generation.number}`;
  if (phase === 'asked') return 'waiting for the run to begin';
  if (phase === 'taking over') return `${name} is complete; it takes over once it has every change up to now`;
  if (rows === null) return `${name} is being prepared`;
  const share = `${formatCount(rows.done)} of about ${formatCount(rows.total)} rows`;
  const seconds = first === null ? 0 : (now - first.at) / 1000;
  const rate = first === null || seconds < 2 ? 0 : (rows.done - first.rows) / seconds;
  if (rate <= 0) return `${name}: ${share}`;
  const left = formatDuration(((rows.total - rows.done) / rate) * 1000);
  return `${name}: ${share}, ${formatCount(rate)} rows/s, ${left} left`;
}

function refused(
  { index, sink, request }: AwaitedRequest,
  { phase, request: held }: RequestProgress,
): SluiceError {
  const why = phase === 'replaced' ? 'somebody has asked for something else since' : (held?.reason ?? '');
  return new SluiceError(
    'SLUICE_REINDEX_REFUSED',
    `The ${request.action} of index "${index}" in sink "${sink}" was not carried out: ${why}`,
    { hint: '`sluice indexes` shows every generation and its state.' },
  );
}

function unanswered({ index, sink, request }: AwaitedRequest, { phase }: RequestProgress): SluiceError {
  const where = phase === 'asked' ? 'is on record' : 'is on record and was begun';
  return new SluiceError(
    'SLUICE_REINDEX_UNANSWERED',
    `No process runs that could carry out the ${request.action} of index "${index}" in sink "${sink}". It ${where}.`,
    {
      hint: 'Start `sluice run` (or `sluice run --once`): it goes on with it by itself. With --no-wait this command only asks.',
    },
  );
}
