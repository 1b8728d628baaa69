import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate with its key, as files and as PEM. */
export interface Issued {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

/** A certificate authority for one test file. */
export interface Authority extends AsyncDisposable {
  readonly folder: string;
  readonly certificateFile: string;
  readonly certificate: string;
  /**
   * A certificate for `name` as its common name.
   *
   * @param hosts Where it is a server's: `DNS:localhost,IP:127.0.0.1`.
   * @param passphrase Encrypts the key in `keyFile`.
   */
  issue(name: string, options?: { hosts?: string; passphrase?: string }): Promise<Issued>;
}

/** Node can read X.509 but not make it: openssl can. */
export async function createAuthority(name = 'Sluice tests'): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-authority-'));
  const file = (base: string) => join(folder, base);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
  const [certificateFile, keyFile] = [file('ca.pem'), file('ca.key')];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certificateFile];
  await openssl('req', '-x509', ...made, '-subj', `/CN=${name}`);
  return {
    folder,
    certificateFile,
    certificate: await readFile(certificateFile, 'utf8'),
    async issue(subject, { hosts, passphrase } = {}) {
      const [request, key, certificate] = [
        file(`${subject}.csr`),
        file(`${subject}.key`),
        file(`${subject}.pem`),
      ];
      const secret = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`];
      await openssl(
        'req',
        '-newkey',
        'rsa:2048',
        ...secret,
        '-keyout',
        key,
        '-out',
        request,
        '-subj',
        `/CN=${subject}`,
      );
      const names =
        hosts === undefined
          ? 'extendedKeyUsage=clientAuth'
          : `extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=${hosts}`;
      await writeFile(file(`${subject}.ext`), `${names}\n`);
      const signed = [
        '-CA',
        certificateFile,
        '-CAkey',
        keyFile,
        '-CAcreateserial',
        '-extfile',
        file(`${subject}.ext`),
      ];
      await openssl('x509', '-req', '-days', '2', '-in', request, '-out', certificate, ...signed);
      return {
        certificateFile: certificate,
        keyFile: key,
        certificate: await readFile(certificate, 'utf8'),
        key: await readFile(key, 'utf8'),
      };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
