import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerServer } from '../container/container-server.ts';
import { loadContainers } from '../container/runtime.ts';
import { freePort } from '../free-port.ts';
import { defaultPackage, packageVersion } from './binaries.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { defaultSettings, type PostgresOptions, type PostgresServer, settingArguments } from './options.ts';
import { serverVersion } from './probe.ts';

/** Runs the official image. */
export async function startPostgresContainer(options: PostgresOptions): Promise<PostgresServer> {
  const { GenericContainer } = await loadContainers(options.environment ?? process.env);
  const major = Number.parseInt(packageVersion(options.embeddedPackage ?? defaultPackage()), 10);
  const password = randomBytes(12).toString('base64url');
  const port = options.port ?? (await freePort());
  const tls = options.tls === 'on' ? await temporaryCertificate() : undefined;
  const settings = settingArguments({ ...defaultSettings, ...options.settings });
  options.onProgress?.(`Starting the container postgres:${major}.`);
  const image = new GenericContainer(`postgres:${major}`)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts({ container: 5432, host: port });
  const configured =
    tls === undefined
      ? image.withCommand(['postgres', ...settings])
      : image
          .withCopyContentToContainer([
            { content: tls.key, target: '/tls/server.key' },
            { content: tls.certificate, target: '/tls/server.crt' },
          ])
          .withEntrypoint(['bash', '-c', ownTheKey, 'sluice'])
          .withCommand(settings);
  const container = await configured.start();
  const url = `postgres://postgres:${password}@${container.getHost()}:${port}/postgres`;
  const server = await containerServer({ container, url, probe: () => serverVersion(url) });
  return { ...server, certificate: tls?.certificate };
}

/** Postgres takes a key only from a file that is its own account's and nobody else may read. */
const ownTheKey = `
install -o postgres -m 600 /tls/server.key /tls/server.crt /var/lib/postgresql/
exec docker-entrypoint.sh postgres "$@" -c ssl=on \
  -c ssl_key_file=/var/lib/postgresql/server.key -c ssl_cert_file=/var/lib/postgresql/server.crt
`;

async function temporaryCertificate(): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-certificate-'));
  try {
    return await makeCertificate(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
