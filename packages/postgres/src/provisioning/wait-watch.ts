import { setTimeout as delay } from 'node:timers/promises';
import { mapPostgresError } from '../connection-errors.ts';
import type { SourcePool } from '../connection-pool.ts';

type Querier = Pick<SourcePool, 'query'>;

const interval = 300;

/** A session that may wait for others. */
export interface WatchedSession {
  /** Its process. */
  readonly pid: string;
  /** Where others use the process too, its virtual transaction: nothing else may be cancelled. */
  readonly transaction?: string;
}

/** Cancels what the session runs, where it still is the session. */
const cancelSql = `
SELECT pg_cancel_backend($1::int) WHERE $2::text IS NULL OR EXISTS (SELECT FROM pg_locks l
  WHERE l.pid = $1::int AND l.locktype = 'virtualxid' AND l.virtualxid = $2 AND l.granted)`;

/** Prepared transactions have no process: `pg_blocking_pids` gives 0 for them. */
const blockersSql = `
SELECT 'session ' || a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'no application name') || ', role ' ||
    coalesce(a.usename, '?') || ', ' || coalesce(a.state, '?') || ')' ||
    coalesce(', in a transaction since ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS'), '') AS blocker
FROM unnest(pg_blocking_pids($1)) AS blocking (pid) JOIN pg_stat_activity a ON a.pid = blocking.pid
UNION ALL
SELECT 'prepared transaction ' || p.gid || ' (role ' || p.owner || ', since ' ||
    to_char(p.prepared, 'YYYY-MM-DD HH24:MI:SS') || ')'
FROM pg_prepared_xacts p WHERE 0 = ANY (pg_blocking_pids($1)) AND p.database = current_database()
ORDER BY 1`;

/**
 * Runs `work` on the session and says whenever that session starts to wait for somebody else: for which
 * session, since when, by whom. When `signal` aborts, the session's statement is cancelled.
 *
 * @param session The one at that moment; null where there is none.
 */
export async function whileWatching<Result>(
  querier: Querier,
  session: () => WatchedSession | null,
  options: {
    readonly what: string;
    readonly signal: AbortSignal;
    readonly onWait?: (message: string) => void;
  },
  work: () => Promise<Result>,
): Promise<Result> {
  const done = new AbortController();
  const watching = watch(querier, session, done.signal, (blockers) =>
    options.onWait?.(`To ${options.what}, Sluice waits for ${blockers}.`),
  );
  // Owned by the await below, however long the work takes until then.
  watching.catch(() => undefined);
  const cancel = () => {
    const at = session();
    if (at !== null) querier.query(cancelSql, [at.pid, at.transaction ?? null]).catch(() => undefined);
  };
  options.signal.addEventListener('abort', cancel, { once: true });
  try {
    options.signal.throwIfAborted();
    return await work();
  } finally {
    options.signal.removeEventListener('abort', cancel);
    done.abort();
    await watching;
  }
}

async function watch(
  querier: Querier,
  session: () => WatchedSession | null,
  signal: AbortSignal,
  report: (blockers: string) => void,
): Promise<void> {
  let last = '';
  while (!signal.aborted) {
    await delay(interval, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const at = session();
    if (at === null) continue;
    const result = await querier.query(blockersSql, [at.pid]).catch((error: unknown) => {
      // A server that is gone fails the work itself; whatever else went wrong here is a bug.
      if (mapPostgresError(error, 'look who is waited for').code === 'SLUICE_SOURCE_UNAVAILABLE')
        return undefined;
      throw error;
    });
    const blockers = result?.rows.map((row) => row['blocker']).join('; ') ?? '';
    if (blockers !== '' && blockers !== last) report(blockers);
    last = blockers;
  }
}
