import { userInfo } from 'node:os';
import type { ConnectionConfig, JsonValue } from '@sluice/core';
import { SluiceError } from '@sluice/core';
import { type TlsMode, type TlsSettings, tlsModes } from './connection-tls.ts';
import { splitConnectionUrl } from './connection-url.ts';

/** Where and how to connect. Holds no readable secret: safe to log. */
export interface ConnectionSettings {
  /** Host name, IP address, or the directory of a Unix socket (starts with `/`). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Called when a connection is made. */
  readonly password?: () => string;
  readonly tls: TlsSettings;
  /** SCRAM is bound to the TLS connection wherever the server offers that. */
  readonly channelBinding: boolean;
  /** As the user configured it; wins over Sluice's own name. */
  readonly applicationName?: string;
  /** The user's own `options`: sent before the pinned settings, which win. */
  readonly options?: string;
  /** In ms. */
  readonly connectTimeout: number;
  readonly keepAlive: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** libpq's names of what Sluice reads, with the variable that gives a default (libpq, "Environment Variables"). */
const parameters: Readonly<Record<string, string | null>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: null,
  channel_binding: 'PGCHANNELBINDING',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  keepalives: null,
};

/** Accepted because hosting providers put them into the URLs they hand out; without effect here. */
const harmless: ReadonlySet<string> = new Set([
  'fallback_application_name',
  'gssencmode',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'sslcompression',
  'sslnegotiation',
  'sslsni',
  'target_session_attrs',
  'tcp_user_timeout',
]);

const defaultConnectTimeout = 10_000;

/**
 * Reads a connection as libpq would: percent-decoded URL or parts, then the `PG*` variables, then
 * defaults (host `localhost`, port 5432, the system's user name, a database named as the user).
 * `sslmode` defaults to `prefer`. Relative certificate paths are relative to the working directory.
 *
 * Throws `SLUICE_CONFIG_INVALID`; no message ever holds the password or a part of the URL near it.
 */
export function parseConnection(
  config: ConnectionConfig,
  environment: Environment = process.env,
): ConnectionSettings {
  const given = typeof config === 'string' ? givenByUrl(config) : givenByParts(config);
  const value = (name: string): string | undefined => {
    const variable = parameters[name];
    const text = given[name] ?? (variable == null ? undefined : environment[variable]);
    return text === '' ? undefined : text;
  };

  const user = value('user') ?? systemUser();
  const password = value('password');
  const applicationName = value('application_name');
  const options = value('options');
  return {
    host: value('host') ?? 'localhost',
    port: integer(value('port') ?? '5432', 'port', 1, 65_535),
    user,
    database: value('dbname') ?? user,
    ...(password === undefined ? {} : { password: () => password }),
    tls: tlsSettings(value),
    channelBinding: ['prefer', 'require'].includes(value('channel_binding') ?? ''),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(options === undefined ? {} : { options }),
    connectTimeout: connectTimeout(value('connect_timeout')),
    keepAlive: value('keepalives') !== '0',
  };
}

/** `shop on db.internal:5432 as app`, for messages. */
export function describeConnection(settings: ConnectionSettings): string {
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${settings.database} on ${host}:${settings.port} as ${settings.user}`;
}

function givenByUrl(url: string): Record<string, string> {
  const { parameters: query, user, password, host, port, database } = splitConnectionUrl(url);
  const given: Record<string, string> = {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { dbname: database }),
  };
  for (const [name, value] of Object.entries(query)) {
    if (name === 'ssl' && (value === 'true' || value === '1')) given['sslmode'] ??= 'require';
    else if (name in parameters) given[name] = value;
    else if (!harmless.has(name)) throw unknownParameter(name);
  }
  return given;
}

function unknownParameter(name: string): SluiceError {
  // Quoted only where it looks like a name: it may be the rest of a password with an unencoded `?`.
  const shown = /^[a-z][a-z_]{0,30}$/.test(name) ? ` "${name}"` : '';
  return new SluiceError('SLUICE_CONFIG_INVALID', `The connection URL has an unknown parameter${shown}.`, {
    hint: `Sluice reads libpq's parameters: ${Object.keys(parameters).join(', ')}.`,
  });
}

function givenByParts(config: Exclude<ConnectionConfig, string>): Record<string, string> {
  return {
    ...(config.host === undefined ? {} : { host: config.host }),
    ...(config.port === undefined ? {} : { port: String(config.port) }),
    ...(config.user === undefined ? {} : { user: config.user }),
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.database === undefined ? {} : { dbname: config.database }),
    ...(config.ssl === undefined ? {} : givenBySsl(config.ssl)),
  };
}

const sslKeys: Readonly<Record<string, string>> = {
  mode: 'sslmode',
  root_cert: 'sslrootcert',
  cert: 'sslcert',
  key: 'sslkey',
  key_password: 'sslpassword',
};

/** `ssl:` is true (`require`), false (`disable`), a mode, or an object of mode and files. */
function givenBySsl(ssl: JsonValue): Record<string, string> {
  if (typeof ssl === 'boolean') return { sslmode: ssl ? 'require' : 'disable' };
  if (typeof ssl === 'string') return { sslmode: ssl };
  if (typeof ssl !== 'object' || ssl === null || Array.isArray(ssl)) {
    throw new SluiceError(
      'SLUICE_CONFIG_INVALID',
      'The connection\'s "ssl" is neither true, false, a mode nor an object.',
    );
  }
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(ssl)) {
    const name = sslKeys[key] ?? (Object.values(sslKeys).includes(key) ? key : undefined);
    if (name === undefined || typeof value !== 'string') {
      throw new SluiceError(
        'SLUICE_CONFIG_INVALID',
        `The connection's "ssl.${key}" is not known, or not a text.`,
        {
          hint: `It may hold ${Object.keys(sslKeys).join(', ')}.`,
        },
      );
    }
    given[name] = value;
  }
  // Naming a root certificate without a mode asks for the strictest check, never for none.
  if (given['sslrootcert'] !== undefined) given['sslmode'] ??= 'verify-full';
  else if (Object.keys(given).length > 0) given['sslmode'] ??= 'require';
  return given;
}

function tlsSettings(value: (name: string) => string | undefined): TlsSettings {
  const given = value('sslmode');
  // node-postgres' own word for what libpq calls `require`.
  const mode = given === 'no-verify' ? 'require' : (given ?? defaultMode(value('host')));
  if (!isTlsMode(mode)) {
    throw new SluiceError('SLUICE_CONFIG_INVALID', 'The connection has an unknown sslmode.', {
      hint: `It may be ${tlsModes.join(', ')}.`,
    });
  }
  const rootCertificate = value('sslrootcert');
  const certificate = value('sslcert');
  const key = value('sslkey');
  const keyPassword = value('sslpassword');
  // TLS is never used over a Unix socket (libpq, "SSL Mode Descriptions").
  return {
    mode: value('host')?.startsWith('/') ? 'disable' : mode,
    ...(rootCertificate === undefined ? {} : { rootCertificate }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(keyPassword === undefined ? {} : { keyPassword: () => keyPassword }),
  };
}

function defaultMode(host: string | undefined): TlsMode {
  return host?.startsWith('/') ? 'disable' : 'prefer';
}

function isTlsMode(mode: string): mode is TlsMode {
  return (tlsModes as readonly string[]).includes(mode);
}

/** In libpq 0 or less waits for ever; Sluice never does. */
function connectTimeout(text: string | undefined): number {
  if (text === undefined) return defaultConnectTimeout;
  const seconds = integer(text, 'connect_timeout', -1, 86_400);
  return seconds <= 0 ? defaultConnectTimeout : seconds * 1000;
}

function integer(text: string, name: string, from: number, to: number): number {
  const number = /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  // The text is not quoted: a password with an unencoded character can end up here.
  throw new SluiceError(
    'SLUICE_CONFIG_INVALID',
    `The connection's ${name} is not a number from ${from} to ${to}.`,
    {
      hint: 'If the password holds / ? # or %, write them percent-encoded.',
    },
  );
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'postgres';
  }
}
