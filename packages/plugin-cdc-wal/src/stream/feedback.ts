import type { Lsn } from '@sluice/postgres';

/** Acknowledgements closer together than this are sent as one, in ms. */
const spacing = 100;

export interface FeedbackState {
  /** Durable everywhere. */
  readonly acknowledged: Lsn;
  readonly reported: Lsn;
  /** Of the last report, in ms. */
  readonly reportedAt: number;
}

/**
 * When the next report to the server is due, in ms of the same clock: soon where there is news, and
 * unasked a few times per `wal_sender_timeout` where there is none, since a paused socket cannot see
 * the server asking.
 */
export function nextReportAt(state: FeedbackState, statusInterval: number): number {
  return state.reportedAt + (state.acknowledged > state.reported ? spacing : statusInterval);
}

/** Three reports per timeout: one may be lost in a long pause of the process. */
export function statusInterval(walSenderTimeout: number): number {
  return Math.max(100, walSenderTimeout / 3);
}

/**
 * A connection whose other side vanished says nothing at all, although each status asks for an
 * answer. The time is long because a server that works through one huge transaction is silent too.
 */
export function isSilent(now: number, lastHeardAt: number, walSenderTimeout: number): boolean {
  return now - lastHeardAt > Math.max(60_000, 3 * walSenderTimeout);
}
