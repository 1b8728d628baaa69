import { setTimeout as delay } from 'node:timers/promises';
import { sqlState } from './connection-errors.ts';

/** The SQLSTATE of a lock that was not to be had within `lock_timeout`. */
export const lockNotAvailable = '55P03';

/** The first pause between two turns, in ms. */
const betweenTurns = 20;

export interface LockTurns {
  /** How long the server waits for a lock in one go, in ms: the session's `lock_timeout`. */
  readonly turn: number;
  /** How long turns go on, in ms, counted with the first that was in vain; 0: without end. */
  readonly patience: number;
  /** Ends the waiting between two turns. */
  readonly signal: AbortSignal;
}

/**
 * Tries again for as long as a lock is not to be had in a turn. Whatever `attempt` locked it has given back
 * when it rejects, so whoever waits for that goes on. Rejects with the last turn's error when patience or
 * the signal ends it.
 */
export async function inLockTurns<Result>(
  attempt: () => Promise<Result>,
  { turn, patience, signal }: LockTurns,
): Promise<Result> {
  let until = patience === 0 ? Number.POSITIVE_INFINITY : null;
  for (let turns = 1; ; turns += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (sqlState(error) !== lockNotAvailable || signal.aborted) throw error;
      const now = performance.now();
      // A statement may have run for long before it had to wait.
      until ??= now + patience - turn;
      const pause = pauseAfter(turns, betweenTurns) * (0.5 + Math.random());
      if (now + pause + turn > until) throw error;
      await delay(pause, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/**
 * How long writers go on after so many turns that were in vain, in ms: twice as long each time, so that who
 * waits for a transaction of hours holds others up for a ninth of the time at most, not for most of it.
 */
export function pauseAfter(turn: number, first: number): number {
  return first * 2 ** Math.min(turn - 1, 4);
}
