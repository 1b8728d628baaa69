import { asSluiceError, type ErrorCode, isSluiceError, SluiceError } from '@sluice/core';

interface Verdict {
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** What node-postgres says, without any code, of a connection that is gone or was not made in time. */
const goneMessage =
  /connection terminated|timeout expired|timeout exceeded when trying to connect|not queryable|client was closed|query read timeout|socket (?:closed|hang up)|disconnected before secure tls connection/i;

/** node-postgres on a server that asks for a password where there is none. */
const noPassword = /password must be a (?:non-empty )?string/i;

const unavailableNodeCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CLOSED',
]);

const tlsCode =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/**
 * An error of node-postgres as a SluiceError whose code says whether trying again can help:
 * `SLUICE_SOURCE_UNAVAILABLE` (yes), `SLUICE_SOURCE_REFUSED` (a person must act),
 * `SLUICE_SOURCE_DRIFT` (a table or column is gone), else `SLUICE_INTERNAL`.
 *
 * @param what What was being done, to what: `read the catalog of shop on db:5432 as app`.
 */
export function mapPostgresError(error: unknown, what: string): SluiceError {
  if (isSluiceError(error)) return asSluiceError(error);
  const verdict = classify(error);
  const connecting = what.startsWith('connect to ');
  const known = connecting ? notPostgres(error) : null;
  return new SluiceError(verdict.code, `Could not ${what}: ${known ?? reason(error)}`, {
    hint:
      known === null ? verdict.hint : 'Is a Postgres running there, and are host and port the right ones?',
    cause: error,
  });
}

/** What an attempt to connect says where something else than a Postgres may be at the other end; else null. */
function notPostgres(error: unknown): string | null {
  const message = messageOf(error);
  if (/^timeout expired|timeout exceeded when trying to connect/i.test(message)) {
    return 'it did not answer in time; perhaps what listens there does not speak the Postgres protocol';
  }
  if (/^Connection terminated unexpectedly|error establishing an SSL connection/i.test(message)) {
    return 'it closed the connection at once; perhaps what listens there does not speak the Postgres protocol';
  }
  const code = codeOf(error) ?? '';
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' ? reason(error) : null;
}

/** The SQLSTATE of an error that the server sent; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined;
}

function classify(error: unknown): Verdict {
  const state = sqlState(error);
  if (state !== undefined) return classifyState(state, messageOf(error));
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return { code: 'SLUICE_SOURCE_REFUSED', hint: 'The system does not let this process use the socket.' };
  }
  if (tlsCode.test(code) || /does not support SSL|establishing an SSL connection/i.test(message)) {
    return {
      code: 'SLUICE_SOURCE_REFUSED',
      hint: 'Check sslmode, sslrootcert, sslcert, sslkey with its sslpassword, and the host name.',
    };
  }
  if (unavailableNodeCodes.has(code) || goneMessage.test(message))
    return { code: 'SLUICE_SOURCE_UNAVAILABLE' };
  if (noPassword.test(message)) {
    return {
      code: 'SLUICE_SOURCE_REFUSED',
      hint: 'Give it in the URL (postgres://user:password@host/database), as `password`, or in PGPASSWORD.',
    };
  }
  if (/SASL|SCRAM/i.test(message)) {
    return { code: 'SLUICE_SOURCE_REFUSED', hint: 'Check the user and password of the connection.' };
  }
  return { code: 'SLUICE_INTERNAL' };
}

function classifyState(state: string, message: string): Verdict {
  if (state.startsWith('28')) {
    return {
      code: 'SLUICE_SOURCE_REFUSED',
      hint: 'Check the user and password of the connection, and pg_hba.conf for this host and TLS mode.',
    };
  }
  if (state === '3D000') return { code: 'SLUICE_SOURCE_REFUSED', hint: 'Check the name of the database.' };
  if (state === '42501') {
    return { code: 'SLUICE_SOURCE_REFUSED', hint: 'Grant the role the privilege, or use one that has it.' };
  }
  if (/unsupported startup parameter|invalid command-line argument/i.test(message)) {
    return {
      code: 'SLUICE_SOURCE_REFUSED',
      hint: 'A connection pooler is in the way and refuses start-up options: connect to Postgres directly.',
    };
  }
  if (state === '25006') {
    return { code: 'SLUICE_SOURCE_UNAVAILABLE', hint: 'This server is a standby: connect to the primary.' };
  }
  if (state === '42P01' || state === '42703' || state === '3F000') {
    return { code: 'SLUICE_SOURCE_DRIFT', hint: 'Fit the schema to the tables as they are now.' };
  }
  return { code: retryable(state) ? 'SLUICE_SOURCE_UNAVAILABLE' : 'SLUICE_INTERNAL' };
}

/**
 * Connection exceptions (08), resources such as connections and memory (53), shutdown and start-up
 * (57P0x), and what the server cancelled for its own reasons: deadlock, serialization, lock or
 * statement timeout.
 */
function retryable(state: string): boolean {
  return (
    state.startsWith('08') ||
    state.startsWith('53') ||
    state.startsWith('57P') ||
    state.startsWith('40') ||
    state === '57014' ||
    state === '55P03' ||
    state === '25P03' ||
    state === '25P04'
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With several addresses of one host, Node.js reports an AggregateError whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) {
    return [...new Set(error.errors.map((inner) => messageOf(inner)))].join('; ');
  }
  if (noPassword.test(messageOf(error))) return 'the server asks for a password, and none was given';
  const state = sqlState(error);
  const message = messageOf(error) || (codeOf(error) ?? 'unknown error');
  return state === undefined ? message : `${message} (SQLSTATE ${state})`;
}
