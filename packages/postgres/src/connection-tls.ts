import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { SluiceError } from '@sluice/core';

/** libpq's `sslmode`, with its meaning (libpq, "SSL Mode Descriptions"). */
export type TlsMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export const tlsModes: readonly TlsMode[] = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
];

export interface TlsSettings {
  readonly mode: TlsMode;
  /** A file of certificates that sign servers, or `system` for those that Node.js ships. */
  readonly rootCertificate?: string;
  /** Client certificate and key files. */
  readonly certificate?: string;
  readonly key?: string;
  /** Of the client key; called when a connection is made, so that it is in no log. */
  readonly keyPassword?: () => string;
}

/** One way of connecting: TLS with these options, or plain. */
export type TlsAttempt = ConnectionOptions | false;

/**
 * The ways to try in turn. `prefer` (the default): TLS, and plain if the server has none or refuses
 * this client over TLS. `allow`: plain first. The others have one way.
 */
export function tlsAttempts(settings: TlsSettings): readonly TlsAttempt[] {
  switch (settings.mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, tlsOptions(settings)];
    case 'prefer':
      return [tlsOptions(settings), false];
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return [tlsOptions(settings)];
  }
}

function tlsOptions(settings: TlsSettings): ConnectionOptions {
  const client = clientCertificate(settings);
  const root = settings.rootCertificate ?? defaultFile('root.crt');
  const verifies = settings.mode === 'verify-ca' || settings.mode === 'verify-full';
  if (root === 'system' && settings.mode !== 'verify-full') {
    throw new SluiceError(
      'SLUICE_CONFIG_INVALID',
      `sslrootcert=system is too weak with sslmode=${settings.mode}.`,
      {
        hint: 'Any public certificate would pass: use sslmode=verify-full.',
      },
    );
  }
  if (root === undefined && settings.mode === 'verify-ca') {
    throw new SluiceError(
      'SLUICE_CONFIG_INVALID',
      'sslmode=verify-ca needs the certificate that signs the server.',
      {
        hint: 'Name its file with sslrootcert.',
      },
    );
  }
  // As in libpq, a root certificate makes `require` verify the chain ("for backward compatibility").
  if (!verifies && (root === undefined || settings.mode !== 'require')) {
    return { ...client, rejectUnauthorized: false };
  }
  return {
    ...client,
    rejectUnauthorized: true,
    ...(root === undefined || root === 'system' ? {} : { ca: readPem(root, 'sslrootcert') }),
    ...(settings.mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

function clientCertificate(settings: TlsSettings): ConnectionOptions {
  const certificate = settings.certificate ?? defaultFile('postgresql.crt');
  if (certificate === undefined) return {};
  const key = settings.key ?? defaultFile('postgresql.key');
  if (key === undefined) {
    throw new SluiceError('SLUICE_CONFIG_INVALID', 'A client certificate is configured without its key.', {
      hint: 'Name the key file with sslkey.',
    });
  }
  return {
    cert: readPem(certificate, 'sslcert'),
    key: readPem(key, 'sslkey'),
    ...(settings.keyPassword === undefined ? {} : { passphrase: settings.keyPassword() }),
  };
}

/** libpq looks in `~/.postgresql` for what is not named. */
function defaultFile(name: string): string | undefined {
  const file = join(homedir(), '.postgresql', name);
  return existsSync(file) ? file : undefined;
}

function readPem(file: string, parameter: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SluiceError('SLUICE_CONFIG_INVALID', `The ${parameter} file ${file} cannot be read.`, {
      cause: error,
    });
  }
}
