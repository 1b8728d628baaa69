import { randomUUID } from 'node:crypto';
import type { Observer } from '../../contracts/index.ts';
import { asSluiceError, isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay, settledWithin } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import { noPlaceError } from '../dead-letters/put-aside.ts';
import { EpochConflict, VersionClock } from '../delivery/delivery.ts';
import { impatient } from '../delivery/impatient-sink.ts';
import { releaseLeases } from '../delivery/position-keeper.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { RecordConflict } from '../generations/target.ts';
import { LeaseWatch } from '../identity/lease-watch.ts';
import { standBy } from '../identity/stand-by.ts';
import type { SafetyLimits } from '../limits/safety.ts';
import { ReleaseDue, SafetyWatch } from '../limits/safety-watch.ts';
import { Refreshes } from '../waiting/refreshes.ts';
import { fanOut } from './observers.ts';
import { RecentConflicts } from './recent-conflicts.ts';
import { missingDeadLetterPlaces } from './required-places.ts';
import { PresentSession } from './run-control.ts';
import {
  defaultTuning,
  type EngineTuning,
  type RunOptions,
  type RunResult,
  removesCapture,
} from './run-options.ts';
import type { RunState } from './run-state.ts';
import { runSession } from './session.ts';
import { SessionRestart } from './upkeep.ts';

const waits = { firstMs: 250, maxMs: 10_000 };
/** A sink that is away keeps nobody from leaving: its leases run out. */
const releaseMs = 2_000;

/**
 * Keeps every index in step with the source until the signal aborts or, with `once`, until all is
 * in step. Survives the loss of source and sinks, at the start too: a session that fails for a
 * reason that may pass is followed by another. Rejects with a SluiceError for any other reason.
 */
export async function runSluice(options: RunOptions): Promise<RunResult> {
  for (const { index, sink } of missingDeadLetterPlaces(options.indexes, options.sinks)) {
    throw noPlaceError(index, sink);
  }
  const observer = fanOut(options.observers);
  let failures = 0;
  let waited: Waited | null = null;
  let complete = false;
  const tuning = { ...defaultTuning, ...options.tuning };
  const patienceMs = tuning.optionalPatienceMs;
  const holder = randomUUID();
  const stolen = new RecentConflicts();
  const run: RunState = {
    options,
    observer,
    sinks: options.sinks.map(({ name, required, sink }) => ({
      name,
      required,
      sink: required ? sink : impatient(sink, `the optional sink "${name}"`, patienceMs),
      health: new SinkHealth(name, observer),
      patienceMs,
    })),
    tuning,
    holder,
    memory: new Map(),
    versions: new VersionClock(),
    leases: new LeaseWatch(holder),
    epochs: new Map(),
    targets: [],
    placesChecked: false,
    standing: null,
    stopped: new Map(),
    returns: new Map(),
    wasLive: false,
    toldChoice: null,
    unfollowedTold: false,
    captures: [],
    safety:
      options.limits === undefined ? null : safetyWatch(options.limits, observer, { ...options, tuning }),
    present: new PresentSession(),
    refreshes: new Refreshes(),
    onLive: () => {
      run.wasLive = true;
      if (run.standing !== null) observer.info({ message: 'standing by is over: this process leads now' });
      run.standing = null;
      if (waited !== null) observer.recovered(waited);
      waited = null;
      failures = 0;
    },
  };
  const { present, safety } = run;
  options.onControl?.({
    wait: (request, signal, tell) => present.wait(request, signal, tell),
    generations: () => present.get()?.generations() ?? [],
    safety: () => safety?.seen ?? [],
  });
  try {
    while (!options.signal.aborted) {
      try {
        const outcome: RunResult['outcome'] = complete ? 'complete' : await runSession(run);
        complete = outcome === 'complete';
        if (complete && removesCapture(options)) await removeCaptures(run);
        return { outcome, stoppedIndexes: [...run.stopped.values()] };
      } catch (error) {
        if (options.signal.aborted) break;
        if (error instanceof SessionRestart) {
          observer.info({ message: error.message });
          continue;
        }
        if (error instanceof ReleaseDue) {
          await safety?.release(error, options.signal);
          continue;
        }
        const passing = passes(error, run);
        if (passing === null) throw asSluiceError(error);
        if (passing instanceof RecordConflict) stolen.add(passing);
        if (isSluiceError(passing, 'SLUICE_CAPTURE_IN_USE')) {
          if (waited !== null) observer.recovered(waited);
          waited = null;
          failures = 0;
          await unlessAborted(standBy(run, passing), options.signal);
          continue;
        }
        failures += 1;
        // No server is waited for: the next session finds what changed, or what is missing, and acts on it.
        const found = isSluiceError(error, 'SLUICE_SINK_INDEX_GONE') ? error.message : changedRecord(passing);
        if (found !== null) {
          observer.info({ message: found });
          await delay(nextDelay(failures, Math.random(), waits), options.signal).catch(() => undefined);
          continue;
        }
        waited = whatFailed(passing, options);
        const delayMs = nextDelay(failures, Math.random(), waits);
        observer.retry({ ...waited, attempt: failures, delayMs, error: passing });
        await lookBetween(run);
        await unlessAborted(delay(delayMs, options.signal), options.signal);
      }
    }
    return { outcome: 'stopped', stoppedIndexes: [...run.stopped.values()] };
  } finally {
    await settledWithin(releaseMs, releaseLeases(run.targets, holder));
    observer.phase('stopped');
  }
}

/** What there is to say where another process wrote a record; null: it was something else. */
function changedRecord(error: Error): string | null {
  if (!(error instanceof RecordConflict)) return null;
  return `${error.message}, which took over or asked for something (a repair, a reconcile): a new session goes by what it says now`;
}

/** What ends because the run is told to stop has not failed. */
async function unlessAborted(task: Promise<void>, signal: AbortSignal): Promise<void> {
  await task.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function safetyWatch(
  limits: SafetyLimits,
  observer: Required<Observer>,
  { provision, tuning }: Pick<RunOptions, 'provision'> & { readonly tuning: EngineTuning },
): SafetyWatch {
  // A short patience is looked at as often as a long one: some times before it ends.
  const everyMs = Math.min(tuning.safetyMs, Math.max(250, limits.releaseAfterMs / 6));
  return new SafetyWatch({ limits, observer, everyMs, provision: provision ?? true });
}

/** While a session cannot begin, the source goes on keeping. */
async function lookBetween({ safety, captures, options }: RunState): Promise<void> {
  if (safety === null) return;
  const watched = captures.length > 0 ? captures : options.capture.allowed;
  const due = await safety.look(watched, 'waiting');
  if (due !== null) await safety.release(due, options.signal);
}

type Waited = { readonly what: 'source' | 'sink'; readonly name: string };

/** Which server is waited for, in the user's words. */
function whatFailed(error: Error, { sinks }: RunOptions): Waited {
  if (!('code' in error) || !String(error.code).startsWith('SLUICE_SINK'))
    return { what: 'source', name: 'source' };
  const remembering = sinks.filter(({ sink }) => sink.records !== undefined);
  const asked = remembering.length > 0 ? remembering : sinks;
  return { what: 'sink', name: asked.map(({ name }) => name).join(', ') };
}

async function removeCaptures({ captures, observer, options: { signal } }: RunState): Promise<void> {
  try {
    for (const { capture } of captures) {
      await capture.deprovision({ signal, onWait: (message) => observer.info({ message }) });
    }
  } catch (error) {
    if (!isSluiceError(error) || passingCodes.some((code) => error.code === code)) throw error;
    throw new SluiceError(
      error.code,
      `The indexes are complete, but the capture is still there: ${error.message}`,
      {
        hint: [error.hint, 'To leave it for the next run, use --keep-capture.']
          .filter((line) => line !== undefined)
          .join('\n'),
        cause: error,
      },
    );
  }
}

const passingCodes = [
  'SLUICE_SOURCE_UNAVAILABLE',
  'SLUICE_SOURCE_HISTORY_CHANGED',
  'SLUICE_CAPTURE_LOST',
  'SLUICE_CAPTURE_IN_USE',
  'SLUICE_SINK_UNAVAILABLE',
  'SLUICE_SINK_INDEX_GONE',
] as const;

/** The error that a new session may get past; null if none can. */
function passes(error: unknown, { observer, versions }: RunState): Error | null {
  if (error instanceof RecordConflict) return error;
  if (error instanceof EpochConflict) {
    observer.warning({
      code: 'SLUICE_SINK_CONFLICT',
      message: error.message,
      hint: 'Sluice raises the epoch and reconciles the index. Make sure that no other deployment uses the same prefix on this cluster.',
      index: error.target.generation.index,
    });
    // Whether the source went back or somebody else wrote: no version of this run is known to be the newest.
    versions.restart = { reason: error.message, epoch: Number(error.held >> 48n) };
    return error;
  }
  return passingCodes.some((code) => isSluiceError(error, code)) && error instanceof Error ? error : null;
}
