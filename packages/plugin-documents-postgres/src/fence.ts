import { setTimeout as delay } from 'node:timers/promises';
import type { TransactionOutcome } from '@sluice/core';
import { sqlState } from '@sluice/postgres';
import type { Session } from './session.ts';
import { snapshotSql } from './sql/snapshot.ts';

/** In ms: doubled from poll to poll. */
const firstWait = 1;
const longestWait = 50;

const fenceSql = `SELECT ${snapshotSql}, pg_snapshot_xmin(s)::text, (SELECT coalesce(bool_and(pg_visible_in_snapshot(x, s)), true) FROM unnest($1::xid8[]) AS x)::text FROM pg_current_snapshot() AS s`;

/**
 * Waits until readers see what transactions did. The log delivers a commit before that: with
 * synchronous replication as long before as the standby takes.
 */
export class Fence {
  readonly #session: Session;
  /** Every transaction below is finished for every snapshot taken since. */
  #horizon = 0n;

  constructor(session: Session) {
    this.#session = session;
  }

  async wait(transactions: readonly string[], signal: AbortSignal): Promise<void> {
    for (let pause = firstWait; ; pause = Math.min(pause * 2, longestWait)) {
      signal.throwIfAborted();
      const unknown = transactions.filter((xid) => BigInt(xid) >= this.#horizon);
      if (unknown.length === 0) return;
      const { rows } = await this.#session.run({
        text: fenceSql,
        values: [unknown],
        snapshotAt: 0,
        what: 'ask which transactions are visible',
      });
      const [, xmin, visible] = rows[0] ?? [];
      const horizon = BigInt(xmin ?? 0);
      if (horizon > this.#horizon) this.#horizon = horizon;
      if (visible === 'true') return;
      await delay(pause, undefined, { signal });
    }
  }
}

/** An id that was not drawn yet is an error of `pg_xact_status`, of this SQLSTATE. */
const outOfRange = '22023';

/** What became of a transaction. A commit is told of only once snapshots see it. */
export async function transactionOutcome(session: Session, transaction: string): Promise<TransactionOutcome> {
  try {
    const [row] = await session.ask(
      'SELECT pg_xact_status($1::xid8), ($1::xid8 >= pg_snapshot_xmax(pg_current_snapshot()))::text',
      [transaction],
      'ask what became of a transaction',
    );
    const status = row?.[0];
    if (status === 'in progress') return 'open';
    if (status === 'committed' || status === 'aborted') return status;
    // An id that ends in zeros, of which no transaction has one, is not judged by `pg_xact_status`.
    return row?.[1] === 'true' ? 'future' : 'unknown';
  } catch (error) {
    if (error instanceof Error && sqlState(error.cause) === outOfRange) return 'future';
    throw error;
  }
}
