import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asSluiceError, SluiceError } from '@sluice/core';
import pg from 'pg';
import { freePort } from '../free-port.ts';
import { NotHere } from '../origins.ts';
import { serverControls } from '../process/server-controls.ts';
import { ServerHome, ServerProcess } from '../process/server-process.ts';
import { giveTo } from '../process/server-user.ts';
import { configuration, userList } from './configuration.ts';
import type { PgBouncer, PgBouncerOptions } from './options.ts';
import { planPgBouncer } from './program.ts';

/**
 * A pgbouncer in transaction mode in front of a Postgres: the one of this machine, else the one of
 * Debian's package as a child process. Clients log in as they would without it.
 *
 * @throws SLUICE_SERVER_UNAVAILABLE when none can be had, with the reason and what would help.
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const environment = options.environment ?? process.env;
  const { user, program } = planned(environment);
  const { command, libraries } = await program(options.onProgress);
  const home = await ServerHome.make('pgbouncer', user, 'KILL');
  try {
    const upstream = new URL(options.upstream);
    const port = options.port ?? (await freePort());
    const users = join(home.path, 'users.txt');
    const config = join(home.path, 'pgbouncer.ini');
    await writeFile(users, userList(upstream), { mode: 0o600 });
    await writeFile(config, configuration({ upstream, port, users, settings: options.settings ?? {} }));
    for (const file of [users, config]) await giveTo(file, user);
    const through = (url: string): string => {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(port);
      return changed.href;
    };
    let version = '';
    const server = new ServerProcess(home, {
      command,
      args: [config],
      environment: {
        PATH: environment['PATH'],
        ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }),
      },
      user,
      // Waits for the transactions that are open.
      stopSignal: 'SIGINT',
      probe: async () => {
        version = await poolerVersion(through(options.upstream));
      },
      bootDeadlineMs: 30_000,
    });
    await server.start();
    return {
      origin: 'embedded',
      url: through(options.upstream),
      version,
      through,
      ...serverControls(server, home),
    };
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw asSluiceError(error);
  }
}

function planned(environment: NodeJS.ProcessEnv) {
  try {
    return planPgBouncer(environment);
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `No pgbouncer can be had here: ${error.message}.`, {
      hint: error.remedy,
      cause: error,
    });
  }
}

/** Asks the pooler's own console, which answers whether or not a Postgres is behind it. */
async function poolerVersion(url: string): Promise<string> {
  const console = new URL(url);
  console.pathname = '/pgbouncer';
  const client = new pg.Client({ connectionString: console.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // A pooler that goes away meanwhile shows in the query below.
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>('SHOW VERSION');
    // "PgBouncer 1.18.0"
    return rows[0]?.version.split(' ')[1] ?? '';
  } finally {
    await client.end();
  }
}
