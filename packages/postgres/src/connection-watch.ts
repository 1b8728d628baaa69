import type pg from 'pg';
import { type ClientOptions, connect, pinsOf } from './connection.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { runPinned } from './pinned-query.ts';

/** Looks in a row that find the server not at work before the connection is given up. */
const idleLooks = 2;

export interface AnswerWatchOptions {
  /** Between two looks, and before the first, in ms. */
  readonly everyMs: number;
  /** Whether the server works for the session. Rejects where it cannot be asked. */
  readonly isAtWork: () => Promise<boolean>;
}

/**
 * Watches a connection for as long as an answer is awaited on it. A firewall or a proxy that forgot
 * the connection says nothing to either side: the query never arrives, or its answer never comes,
 * and TCP itself gives up after a quarter of an hour or never. So the server is asked over another
 * connection: where it is not at work for this session, and still is not at the next look, the
 * connection is ended and the query rejects. A statement that merely takes long is left alone.
 *
 * @returns ends the watch
 */
export function watchAnswer(client: pg.ClientBase, { everyMs, isAtWork }: AnswerWatchOptions): () => void {
  let idle = 0;
  let over = false;
  let timer = setTimeout(look, everyMs);

  function look(): void {
    isAtWork().then(
      (atWork) => next(atWork ? 0 : idle + 1),
      // A server that cannot be asked may be at work: nothing is known, and there is nowhere else to go.
      () => next(0),
    );
  }

  function next(idleNow: number): void {
    if (over) return;
    idle = idleNow;
    if (idle < idleLooks) timer = setTimeout(look, everyMs);
    else void end(client);
  }

  return () => {
    over = true;
    clearTimeout(timer);
  };
}

/** `end` does not wait for an answer that is outstanding: it destroys the socket. */
async function end(client: pg.ClientBase): Promise<void> {
  const close: unknown = Reflect.get(client, 'end');
  if (typeof close === 'function')
    await Promise.resolve(Reflect.apply(close, client, [])).catch(() => undefined);
}

/** How the server tells a session from others: by its process; behind a pooler by the name that its transaction gave, or its statement. */
export type SessionMark = { readonly pid: number } | { readonly name: string };

/** For a statement outside of any transaction that could tell the name: it tells it itself. */
export function named(text: string, name: string): string {
  return `/* ${name} */ ${text}`;
}

/** Without `track_activities` a session is `disabled`, whatever it does. */
const atWorkSql = `
  SELECT 1 FROM pg_catalog.pg_stat_activity
  WHERE coalesce(pid = $1::pg_catalog.int4, application_name = $2 OR pg_catalog.starts_with(query, '/* ' || $2 || ' */'))
    AND coalesce(state, '') NOT LIKE 'idle%' AND wait_event IS DISTINCT FROM 'ClientWrite'`;

/**
 * Asks over a connection of its own, bounded in time. A pooler serves in the order in which it is asked,
 * so where it answers this it has let the statement through that the question is about.
 */
export async function isAtWork(
  settings: ConnectionSettings,
  options: ClientOptions,
  mark: SessionMark,
  limitMs: number,
): Promise<boolean> {
  const client = await connect(settings, options);
  const timer = setTimeout(() => void client.end().catch(() => undefined), limitMs);
  const values: unknown[] = 'pid' in mark ? [mark.pid, null] : [null, mark.name];
  try {
    const { rowCount } =
      options.pin === 'transaction'
        ? await runPinned(client, pinsOf(options, options.applicationName), { text: atWorkSql, values })
        : await client.query(atWorkSql, values);
    return (rowCount ?? 0) > 0;
  } finally {
    clearTimeout(timer);
    void client.end().catch(() => undefined);
  }
}
