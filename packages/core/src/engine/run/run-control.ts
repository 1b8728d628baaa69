import type { Position } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { abortable, delay, Signpost } from '../async.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import type { CaptureSafety } from '../limits/safety-watch.ts';
import type { TellWait, WaitPoint } from '../waiting/wait-point.ts';

export interface WaitRequest {
  readonly point: WaitPoint;
  /** Names of indexes, each of the configuration and enabled. */
  readonly indexes: readonly string[];
}

export interface WaitResult {
  /** Everything up to here is searchable. */
  readonly position: Position;
  readonly indexes: readonly string[];
}

/** What a sink holds of an index, as the running process knows it. */
export interface FollowedGeneration {
  readonly sink: string;
  readonly required: boolean;
  readonly record: GenerationRecord;
  /** An optional sink that is left out until it answers again. */
  readonly missed: boolean;
  /** Why nothing is written to it any more; null while it follows. */
  readonly stopped: string | null;
  /** Users are to search it now, and no former generation. */
  readonly inUse: boolean;
}

/** What a run can be asked for while it goes on. */
export interface RunControl {
  /**
   * Resolves when searches of the required sinks find everything up to a point. Waits for a session where
   * there is none, and goes on in the next one where one ends.
   *
   * @throws SLUICE_WAIT_ABORTED, SLUICE_WAIT_REFUSED, or the signal's reason
   */
  wait(request: WaitRequest, signal: AbortSignal, tell: TellWait): Promise<WaitResult>;
  /** Of the present session; empty where there is none. */
  generations(): readonly FollowedGeneration[];
  /** What the source keeps, as it was seen last. */
  safety(): readonly CaptureSafety[];
}

/** What a session offers while it lasts. */
export interface SessionControl {
  readonly wait: (request: WaitRequest, signal: AbortSignal, tell: TellWait) => Promise<WaitResult>;
  readonly generations: () => readonly FollowedGeneration[];
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
}

/** The session of the moment, for whoever asks the run. */
export class PresentSession {
  #session: SessionControl | null = null;
  readonly #changed = new Signpost();

  get(): SessionControl | null {
    return this.#session;
  }

  set(session: SessionControl | null): void {
    this.#session = session;
    this.#changed.changed();
  }

  async wait(request: WaitRequest, signal: AbortSignal, tell: TellWait): Promise<WaitResult> {
    for (;;) {
      if (this.#session === null) tell('this process does not follow the source now');
      await this.#changed.until(() => this.#session !== null, signal);
      const session = this.#session;
      if (session === null) continue;
      const either = AbortSignal.any([signal, session.signal]);
      try {
        return await abortable(session.wait(request, either, tell), either);
      } catch (error) {
        signal.throwIfAborted();
        const passing = isSluiceError(error) && passingCodes.some((code) => error.code === code);
        if (!session.signal.aborted && !passing) throw error;
        tell(error instanceof Error ? error.message : String(error));
        await delay(retryMs, signal);
      }
    }
  }
}

/** The session hears of it too, and ends; the next one is asked again. */
const passingCodes = ['SLUICE_SOURCE_UNAVAILABLE', 'SLUICE_SOURCE_HISTORY_CHANGED', 'SLUICE_CAPTURE_LOST'];
const retryMs = 100;
