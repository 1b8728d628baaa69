import { randomUUID } from 'node:crypto';
import type { Observer } from '../contracts/index.ts';
import { asSluiceError, isSluiceError, type SluiceError } from '../errors/index.ts';
import { delay } from './async.ts';
import { nextDelay } from './backoff.ts';
import { EpochConflict, VersionClock } from './delivery.ts';
import { fanOut } from './observers.ts';
import { defaultTuning, type RunOptions, type RunResult } from './run-options.ts';
import type { RunState } from './run-state.ts';
import { runSession } from './session.ts';
import { SinkHealth } from './sink-health.ts';
import { RecordConflict } from './target.ts';
import { SessionRestart } from './upkeep.ts';

const waits = { firstMs: 250, maxMs: 10_000 };

/**
 * Keeps every index in step with the source until the signal aborts or, with `once`, until all is
 * in step. Survives the loss of source and sinks, at the start too: a session that fails for a
 * reason that may pass is followed by another. Rejects with a SluiceError for any other reason.
 */
export async function runSluice(options: RunOptions): Promise<RunResult> {
  const observer = fanOut(options.observers);
  let failures = 0;
  const run: RunState = {
    options,
    observer,
    sinks: options.sinks.map((sink) => ({ ...sink, health: new SinkHealth(sink.name, observer) })),
    tuning: { ...defaultTuning, ...options.tuning },
    holder: randomUUID(),
    memory: new Map(),
    versions: new VersionClock(),
    stopped: new Map(),
    returns: new Map(),
    wasLive: false,
    onLive: () => {
      run.wasLive = true;
      if (failures > 0) observer.recovered({ what: 'source', name: 'source' });
      failures = 0;
    },
  };
  try {
    while (!options.signal.aborted) {
      try {
        const outcome = await runSession(run);
        if (outcome === 'complete' && options.keepCapture !== true) await deprovision(options, observer);
        return { outcome, stoppedIndexes: [...run.stopped.values()] };
      } catch (error) {
        if (options.signal.aborted) break;
        if (error instanceof SessionRestart) {
          observer.info({ message: error.message });
          continue;
        }
        const passing = passes(error, run);
        if (passing === null) throw asSluiceError(error);
        failures += 1;
        await pause(failures, passing, observer, options.signal);
      }
    }
    return { outcome: 'stopped', stoppedIndexes: [...run.stopped.values()] };
  } finally {
    observer.phase('stopped');
  }
}

async function deprovision({ capture, signal }: RunOptions, observer: Required<Observer>): Promise<void> {
  await capture.deprovision({ signal, onWait: (message) => observer.info({ message }) });
}

const passingCodes = [
  'SLUICE_SOURCE_UNAVAILABLE',
  'SLUICE_SOURCE_HISTORY_CHANGED',
  'SLUICE_CAPTURE_LOST',
  'SLUICE_CAPTURE_IN_USE',
  'SLUICE_SINK_UNAVAILABLE',
] as const;

/** The error that a new session may get past; null if none can. */
function passes(error: unknown, { observer, versions }: RunState): Error | null {
  if (error instanceof RecordConflict) return error;
  if (error instanceof EpochConflict) {
    observer.warning({
      code: 'SLUICE_SINK_CONFLICT',
      message: error.message,
      index: error.target.generation.index,
    });
    // Whether the source went back or somebody else wrote: no version of this run is known to be the newest.
    versions.restart = { reason: error.message, epoch: Number(error.held >> 48n) };
    return error;
  }
  return passingCodes.some((code) => isSluiceError(error, code)) && error instanceof Error ? error : null;
}

async function pause(
  failures: number,
  error: Error,
  observer: Required<Observer>,
  signal: AbortSignal,
): Promise<void> {
  const delayMs = nextDelay(failures, Math.random(), waits);
  const what = (error as Partial<SluiceError>).code?.startsWith('SLUICE_SINK') ? 'sink' : 'source';
  observer.retry({ what, name: what, attempt: failures, delayMs, error });
  await delay(delayMs, signal).catch(() => undefined);
}
