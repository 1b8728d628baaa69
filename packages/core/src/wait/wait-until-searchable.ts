import { type ErrorCode, errorCatalogue, SluiceError } from '../errors/index.ts';

export interface WaitUntilSearchableOptions {
  /** Of the running process: `http://` and what `server.private` says. */
  readonly url: string | URL;
  /** What `server.token` says. */
  readonly token: string;
  /** What this transaction wrote; `currentTransaction` gives the id in it. Default: all that is committed now. */
  readonly xid?: string | bigint;
  /** Everything up to this position, in place of a transaction. */
  readonly position?: string;
  /** Only in these. Default: every index. */
  readonly indexes?: readonly string[];
  /** In ms. Default 30,000. */
  readonly timeoutMs?: number;
}

/** What became searchable. */
export interface Searchable {
  /** Everything up to here is found. */
  readonly position: string;
  readonly indexes: readonly string[];
}

const defaultTimeoutMs = 30_000;
/** The process knows the same deadline, and answers at it. */
const graceMs = 2_000;

/**
 * Resolves when searches find what was written: read your own writes, in a test or behind a request.
 *
 * ```ts
 * await waitUntilSearchable({ url: 'http://127.0.0.1:9465', token: process.env.SLUICE_TOKEN, xid });
 * ```
 *
 * @throws SLUICE_WAIT_TIMEOUT with the reason, SLUICE_WAIT_ABORTED for a transaction that was rolled back,
 * SLUICE_WAIT_REFUSED for what is none of this source, SLUICE_WAIT_UNANSWERED where no process answers
 */
export async function waitUntilSearchable(options: WaitUntilSearchableOptions): Promise<Searchable> {
  const { url, token, indexes = [], timeoutMs = defaultTimeoutMs } = options;
  const asked = new URL('/wait', url);
  for (const [name, value] of pointOf(options)) asked.searchParams.set(name, value);
  for (const index of indexes) asked.searchParams.append('index', index);
  asked.searchParams.set('timeout', `${Math.max(0, Math.round(timeoutMs))}ms`);
  const { ok, body } = await answerOf(asked, token, timeoutMs + graceMs);
  const found = ok ? searchableOf(body) : null;
  if (found !== null) return found;
  throw failureOf(body) ?? unanswered(asked, 'what answers there is no process of Sluice');
}

/**
 * The id of the transaction that a client has open; the client of `pg` is one. To be asked in the
 * transaction that writes, before it commits.
 */
export async function currentTransaction(client: {
  query(sql: string): Promise<{ readonly rows: readonly object[] }>;
}): Promise<string> {
  const { rows } = await client.query('SELECT pg_current_xact_id()::text AS id');
  return String(member(rows[0], 'id'));
}

function pointOf({ xid, position }: WaitUntilSearchableOptions): readonly (readonly [string, string])[] {
  if (xid !== undefined) return [['xid', String(xid)]];
  return position === undefined ? [['now', '']] : [['position', position]];
}

async function answerOf(
  asked: URL,
  token: string,
  patienceMs: number,
): Promise<{ readonly ok: boolean; readonly body: unknown }> {
  try {
    const answer = await fetch(asked, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceMs),
      redirect: 'error',
    });
    if (answer.status === 401) throw unanswered(asked, 'the token is not that of the process');
    const body: unknown = await answer.json().catch(() => null);
    return { ok: answer.ok, body };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unanswered(asked, cause instanceof Error ? cause.message : String(cause));
  }
}

function unanswered(asked: URL, reason: string): SluiceError {
  return new SluiceError(
    'SLUICE_WAIT_UNANSWERED',
    `No running Sluice answers at ${asked.origin}: ${reason}.`,
    {
      hint: 'Start `sluice run` with `server.private` and `server.token` in its configuration.',
    },
  );
}

function searchableOf(body: unknown): Searchable | null {
  const data = member(body, 'data');
  const position = member(data, 'position');
  const indexes = member(data, 'indexes');
  if (typeof position !== 'string' || !Array.isArray(indexes)) return null;
  return { position, indexes: indexes.map(String) };
}

function failureOf(body: unknown): SluiceError | null {
  const error = member(body, 'error');
  const code = member(error, 'code');
  const message = member(error, 'message');
  const hint = member(error, 'hint');
  if (!isCode(code) || typeof message !== 'string') return null;
  return new SluiceError(code, message, typeof hint === 'string' ? { hint } : {});
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
