import { SluiceError } from '@sluice/core';
import { givenServer } from '../given.ts';
import { firstAvailable, NotHere } from '../origins.ts';
import { everyOrigin, type Origin } from '../server.ts';
import { startPostgresContainer } from './container.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import type { PostgresOptions, PostgresServer } from './options.ts';
import { serverVersion } from './probe.ts';

/**
 * A Postgres: the one at `options.url` or `SLUICE_TEST_POSTGRES_URL`, else a container, else the programs
 * of an npm package as a child process. `settings`, `tls` and `port` cannot reach into a given one.
 *
 * @throws SLUICE_SERVER_UNAVAILABLE when none can be had, with the reasons and what would help.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const start: Record<Origin, () => Promise<PostgresServer>> = {
    given: () => givenPostgres(options),
    container: () => startPostgresContainer(options),
    embedded: () => startEmbeddedPostgres(options),
  };
  const origins = options.origins ?? everyOrigin;
  return await firstAvailable(
    'Postgres',
    origins.map((origin) => ({ origin, start: start[origin] })),
  );
}

async function givenPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const url = options.url ?? (options.environment ?? process.env)['SLUICE_TEST_POSTGRES_URL'];
  if (!url) throw new NotHere('SLUICE_TEST_POSTGRES_URL is not set');
  try {
    return { ...givenServer('Postgres', url, await serverVersion(url)), certificate: undefined };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `The given Postgres does not answer: ${reason}`, {
      hint: 'Start it, correct the URL, or leave the URL out.',
      cause,
    });
  }
}
