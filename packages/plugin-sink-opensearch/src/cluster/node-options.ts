import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { NodeOptions } from '@opensearch-project/opensearch';
import { SluiceError } from '@sluice/core';
import type { OpensearchOptions } from '../options.ts';

type Credentials = Pick<OpensearchOptions, 'username' | 'password' | 'api_key' | 'bearer_token'>;

/** The nodes, each with its credentials as a header and out of its URL (and so out of every message). */
export function nodeOptions(urls: readonly string[], credentials: Credentials): NodeOptions[] {
  return urls.map((text) => {
    const url = new URL(text);
    const authorization = authorizationHeader(url, credentials);
    url.username = '';
    url.password = '';
    return { url, ...(authorization !== null && { headers: { authorization } }) };
  });
}

/** Options win over the URL. */
export function authorizationHeader(url: URL, credentials: Credentials): string | null {
  if (credentials.api_key !== undefined) return `ApiKey ${credentials.api_key}`;
  if (credentials.bearer_token !== undefined) return `Bearer ${credentials.bearer_token}`;
  const username = credentials.username ?? decoded(url.username, url.host);
  const password = credentials.password ?? decoded(url.password, url.host);
  if (username === '' && password === '') return null;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function decoded(part: string, host: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new SluiceError(
      'SLUICE_PLUGIN_OPTIONS',
      `The credentials in the URL of ${host} are not percent-encoded`,
      {
        hint: 'Write a percent sign as %25, or give username and password as options of their own.',
        cause,
      },
    );
  }
}

/** TLS as the options ask for it. Throws `SLUICE_PLUGIN_OPTIONS` for a file that cannot be read. */
export function tlsOptions(options: OpensearchOptions, baseDir: string): ConnectionOptions {
  return {
    rejectUnauthorized: options.tls_verify,
    ...(options.ca !== undefined && { ca: readPem('ca', options.ca, baseDir) }),
    ...(options.client_cert !== undefined && { cert: readPem('client_cert', options.client_cert, baseDir) }),
    ...(options.client_key !== undefined && { key: readPem('client_key', options.client_key, baseDir) }),
  };
}

function readPem(option: string, path: string, baseDir: string): Buffer {
  const file = resolve(baseDir, path);
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('SLUICE_PLUGIN_OPTIONS', `${option} cannot be read: ${reason}`, { cause });
  }
}
