import { SluiceError } from '@sluice/core';
import pg from 'pg';
import { mapPostgresError, sqlState } from './connection-errors.ts';
import { type ConnectionSettings, describeConnection } from './connection-settings.ts';
import { type TlsAttempt, tlsAttempts } from './connection-tls.ts';
import {
  defaultLimits,
  noLimits,
  pinnedSettings,
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
  /**
   * `session` (default) pins the settings at start-up and checks that they hold. `transaction` sends
   * none: for a transaction pooler, where every transaction begins with `pinLocallySql`.
   */
  readonly pin?: 'session' | 'transaction';
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
  throw mapPostgresError(failure, `connect to ${describeConnection(settings)}`);
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

/**
 * Gives the process that serves the session: behind a pooler, not the one that the connection was told.
 * Rejects with `SLUICE_SOURCE_REFUSED` where the session does not have the pinned settings.
 */
export async function checkPinned(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<Record<string, string>>(readPinnedSql);
  const row = rows[0] ?? {};
  const wrong = Object.entries(pinnedSettings).find(([name, value]) => row[name] !== value);
  if (wrong === undefined) return Number(row['pid']);
  throw new SluiceError(
    'SLUICE_SOURCE_REFUSED',
    `The session has ${wrong[0]} = ${row[wrong[0]] ?? 'nothing'} although ${wrong[1]} was asked for at start-up.`,
    { hint: 'A connection pooler drops start-up options: connect to Postgres directly.' },
  );
}
