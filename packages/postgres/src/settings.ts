import { quoteLiteral } from './identifiers.ts';

/**
 * Settings that decide how Postgres prints values and resolves names. They are the same on every
 * connection, the replication one too: text from the log and text from queries must be equal.
 */
export const pinnedSettings: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  // `off` makes Postgres fail where a policy would hide rows, instead of hiding them.
  row_security: 'off',
  search_path: 'pg_catalog',
  xmloption: 'content',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  // Compiling costs more than it saves for statements that read a page of keys.
  jit: 'off',
};

/** Settings that protect the source from a session that hangs or whose client vanished. In ms where times. */
export interface SessionLimits {
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  readonly idleInTransactionTimeout: number;
}

export const defaultLimits: SessionLimits = {
  statementTimeout: 600_000,
  lockTimeout: 60_000,
  idleInTransactionTimeout: 300_000,
};

export const noLimits: SessionLimits = { statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 };

const keepAliveSettings: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
};

/** The `options` of the start-up packet: pinned in the session from its first statement on, DISCARD ALL included. */
export function startupOptions(limits: SessionLimits, more: Readonly<Record<string, string>> = {}): string {
  const settings = { ...pinnedSettings, ...keepAliveSettings, ...limitSettings(limits), ...more };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}

/** Begins a transaction that is what `default_transaction_…` make it on a connection of our own. */
export const beginPinnedSql = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE';

/** As `beginPinnedSql` on a standby, which refuses to be asked for more than it can do. */
export const beginOnStandbySql = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/**
 * One SELECT without rows that pins the settings for the present transaction: for connections through
 * a transaction pooler, where what a session sets belongs to somebody else a moment later.
 *
 * @param more Further settings, such as `application_name`.
 */
export function pinLocallySql(limits: SessionLimits, more: Readonly<Record<string, string>> = {}): string {
  const settings = { ...pinnedSettings, ...limitSettings(limits), ...more };
  const calls = Object.entries(settings)
    .filter(([name]) => !isOfNextTransaction(name))
    .map(([name, value]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`);
  return `SELECT WHERE pg_catalog.concat(${calls.join(', ')}) IS NULL`;
}

/** Reads back what is pinned: a pooler may drop start-up options in silence. */
export const readPinnedSql = `SELECT ${Object.keys(pinnedSettings)
  .map((name) => `pg_catalog.current_setting('${name}') AS "${name}"`)
  .join(', ')}, pg_catalog.pg_backend_pid() AS "pid"`;

function limitSettings(limits: SessionLimits): Record<string, string> {
  return {
    statement_timeout: String(limits.statementTimeout),
    lock_timeout: String(limits.lockTimeout),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionTimeout),
  };
}

/** Decides what the session's next transaction is, not the present one. */
export function isOfNextTransaction(name: string): boolean {
  return name.startsWith('default_transaction_');
}
