import { SluiceError } from '@sluice/core';
import pg from 'pg';
import { mapPostgresError, sqlState } from './connection-errors.ts';
import { type ConnectionSettings, describeConnection } from './connection-settings.ts';
import { type TlsAttempt, tlsAttempts } from './connection-tls.ts';
import { runPinned } from './pinned-query.ts';
import { isOwnProcess, isRefusalOfOptions, type Pin, PoolerFound, wrongSetting } from './pooler.ts';
import {
  defaultLimits,
  noLimits,
  pinLocallySql,
  readPinnedSql,
  type SessionLimits,
  startupOptions,
} from './settings.ts';

export interface ClientOptions {
  /** Shown in pg_stat_activity unless the connection names its own. */
  readonly applicationName: string;
  readonly limits?: SessionLimits;
  /** A walsender of the database; it has no limits. */
  readonly replication?: boolean;
  /** More start-up settings, such as `wal_sender_timeout`. */
  readonly startup?: Readonly<Record<string, string>>;
  /** Overrides how the settings' TLS mode would be tried first. */
  readonly tls?: TlsAttempt;
  /** `session` unless told: pins the settings at start-up. `transaction` sends none. */
  readonly pin?: Pin;
}

/** Every value as the text that Postgres prints: no Date, no number, no JSON parsing. */
export const textTypes: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

/**
 * The configuration of one node-postgres client, TLS the same for queries and replication. For
 * `prefer` and `allow` it is the first way to try: use `connect`, or `settleTls` before.
 */
export function clientConfig(settings: ConnectionSettings, options: ClientOptions): pg.ClientConfig {
  const replication = options.replication === true;
  const limits = replication ? noLimits : (options.limits ?? defaultLimits);
  const startup = options.pin === 'transaction' ? '' : startupOptions(limits, options.startup);
  const all = [settings.options, startup].filter((part) => part !== undefined && part !== '').join(' ');
  const { password } = settings;
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    ...(password === undefined ? {} : { password: () => password() }),
    ssl: options.tls ?? tlsAttempts(settings.tls)[0] ?? false,
    enableChannelBinding: settings.channelBinding,
    application_name: settings.applicationName ?? options.applicationName,
    ...(all === '' ? {} : { options: all }),
    connectionTimeoutMillis: settings.connectTimeout,
    keepAlive: settings.keepAlive,
    keepAliveInitialDelayMillis: 30_000,
    types: textTypes,
    // Not in the type of ClientConfig, but read by the client: see LogicalReplicationService.
    ...(replication ? { replication: 'database' } : {}),
  };
}

/**
 * Opens one connection. Tries the ways of the TLS mode in turn, and checks that the pinned settings
 * hold. The caller ends it and listens to its `error` event; until then errors between queries are
 * kept silent, and the next query reports them.
 *
 * Throws what `mapPostgresError` makes of the failure.
 */
export async function connect(settings: ConnectionSettings, options: ClientOptions): Promise<pg.Client> {
  const attempts = options.tls === undefined ? tlsAttempts(settings.tls) : [options.tls];
  let failure: unknown;
  for (const tls of attempts) {
    const client = new pg.Client(clientConfig(settings, { ...options, tls }));
    // Without a listener a connection lost between two queries would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      if (options.pin !== 'transaction' && options.replication !== true) await checkPinned(client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      failure = error;
      if (!isRefusalOfTlsChoice(error)) break;
    }
  }
  const what = `connect to ${describeConnection(settings)}`;
  throw connectingFailed(failure, what, options.pin);
}

/** As `mapPostgresError`; PoolerFound where a pooler refused the options that are sent with `pin: session`. */
export function connectingFailed(error: unknown, what: string, pin: Pin = 'session'): SluiceError {
  const failure = mapPostgresError(error, what);
  if (!isRefusalOfOptions(error)) return failure;
  if (pin === 'session') return new PoolerFound(failure.message, error);
  // We sent none.
  return new SluiceError('SLUICE_SOURCE_REFUSED', failure.message, {
    hint: 'The pooler in the way refuses the `options` of the connection: leave them out, and PGOPTIONS too.',
    cause: error,
  });
}

/**
 * The SQL that pins the settings of a connection with `pin: transaction`, and what else it would have
 * been started with.
 *
 * @param name Told to the server as the application's, for as long as the transaction lasts.
 */
export function pinsOf(options: ClientOptions, name: string): string {
  return pinLocallySql(options.limits ?? defaultLimits, { ...options.startup, application_name: name });
}

/**
 * As `connect`, for what lives in a session: locks, LISTEN. Rejects with PoolerFound where another process
 * answers than the connection was told of.
 */
export async function connectDirectly(
  settings: ConnectionSettings,
  options: Omit<ClientOptions, 'pin' | 'replication'>,
): Promise<pg.Client> {
  const client = await connect(settings, options);
  const { direct } = await checkPinned(client).catch((error: unknown) => {
    client.end().catch(() => undefined);
    throw mapPostgresError(error, `connect to ${describeConnection(settings)}`);
  });
  if (direct) return client;
  await client.end();
  throw new PoolerFound('Another process answers than the connection was told of.');
}

/**
 * Decides `prefer` and `allow` by connecting once; other modes as they are. For clients that are
 * configured rather than opened by `connect`.
 */
export async function settleTls(settings: ConnectionSettings, options: ClientOptions): Promise<TlsAttempt> {
  const attempts = tlsAttempts(settings.tls);
  if (attempts.length === 1) return attempts[0] ?? false;
  for (const tls of attempts.slice(0, -1)) {
    try {
      const client = await connect(settings, { ...options, tls });
      await client.end();
      return tls;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!isRefusalOfTlsChoice(cause)) throw error;
    }
  }
  return attempts.at(-1) ?? false;
}

/** The server has no TLS, the handshake failed, or pg_hba.conf has no line for this client this way. */
function isRefusalOfTlsChoice(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (sqlState(error) === '28000') return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /does not support SSL|establishing an SSL|secure TLS/i.test(error.message) ||
    /^(?:ERR_SSL|EPROTO)/.test(code)
  );
}

/** What is known of a session once it was checked. */
export interface CheckedSession {
  /** The process that serves it; behind a pooler, the one that happened to. */
  readonly pid: number;
  /** It is the process that the connection was told of, so nobody is in between. */
  readonly direct: boolean;
}

/** Throws PoolerFound where the session does not have the pinned settings. */
export async function checkPinned(client: pg.ClientBase): Promise<CheckedSession> {
  const { rows } = await client.query<Record<string, string>>(readPinnedSql);
  const row = rows[0] ?? {};
  const wrong = wrongSetting(row, 'session');
  if (wrong !== null) {
    throw new PoolerFound(`The session has ${wrong}, although that was asked for at start-up.`);
  }
  const pid = Number(row['pid']);
  return { pid, direct: isOwnProcess(client, pid) };
}

/** As `checkPinned`, of a transaction with `pins`: not every proxy keeps one on one session. */
export async function checkPinnedLocally(client: pg.ClientBase, pins: string): Promise<void> {
  const { rows } = await runPinned<Record<string, string>>(client, pins, { text: readPinnedSql });
  const wrong = wrongSetting(rows[0] ?? {}, 'transaction');
  if (wrong === null) return;
  throw new PoolerFound(`A transaction has ${wrong}, although it began with that.`);
}
