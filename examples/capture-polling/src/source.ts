import type { ConnectionConfig, PluginContext, TableName } from '@sluice/core';
import pg from 'pg';

/** Values as text, the way in which every capture reports them. */
export type Row = Readonly<Record<string, string | null>>;

/** The database; a failure is thrown as the error that tells the engine what to do. */
export interface Source {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** What the text of values depends on, pinned. */
const settings = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'IntervalStyle=postgres',
  'extra_float_digits=1',
  'bytea_output=hex',
  'statement_timeout=60s',
];

export function openSource(connection: ConnectionConfig, makeError: PluginContext['error']): Source {
  const pool = new pg.Pool({
    ...(typeof connection === 'string' ? { connectionString: connection } : parts(connection)),
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    application_name: 'sluice polling',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    max: 3,
    types: { getTypeParser: () => (text: unknown) => text },
  });
  // A connection that breaks while nobody uses it is replaced by the next query.
  pool.on('error', () => undefined);
  let ending: Promise<void> | undefined;

  return {
    async query(sql, values = []) {
      try {
        return (await pool.query<Row>(sql, [...values])).rows;
      } catch (cause) {
        throw sourceError(cause, makeError);
      }
    },
    close: () => (ending ??= pool.end()),
  };
}

function parts({ ssl, ...rest }: Exclude<ConnectionConfig, string>): pg.PoolConfig {
  return { ...rest, ...(ssl === undefined || ssl === null ? {} : { ssl: Boolean(ssl) }) };
}

/** Undefined table: what remembers the position is gone. Everything else may pass. */
function sourceError(cause: unknown, makeError: PluginContext['error']): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof pg.DatabaseError && cause.code === '42P01') {
    return makeError('SLUICE_CAPTURE_LOST', `polling cannot go on: ${message}`, { cause });
  }
  return makeError('SLUICE_SOURCE_UNAVAILABLE', `polling: ${message}`, { cause });
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, name }: TableName): string {
  return `${quoted(schema)}.${quoted(name)}`;
}
