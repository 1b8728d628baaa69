import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core';

/** A private key and a certificate that is its own authority, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/**
 * A certificate for `localhost` and `127.0.0.1`, valid for a day. Node can read X.509 but not make it:
 * openssl can.
 *
 * @param directory where the two files are written, `server.key` and `server.crt`
 */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const [key, certificate] = [join(directory, 'server.key'), join(directory, 'server.crt')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  try {
    await promisify(execFile)('openssl', [...request, ...names, '-keyout', key, '-out', certificate]);
  } catch (cause) {
    throw new SluiceError(
      'SLUICE_SERVER_UNAVAILABLE',
      'openssl could not make a certificate for the server.',
      {
        hint: 'Install it: apt-get install openssl',
        cause,
      },
    );
  }
  return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
}
