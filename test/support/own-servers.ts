import {
  type OpenSearchSecurity,
  type OpenSearchServer,
  type PostgresOptions,
  type PostgresServer,
  startOpenSearch,
  startPostgres,
} from '@sluice/servers';
import { sharedOpenSearch, sharedPostgres } from './settings.ts';

/**
 * A Postgres of a test file's own, to restart, kill or reconfigure; of the version that the run is about,
 * and with settings as a server has them that nobody prepared for tests. The caller stops it.
 */
export async function startOwnPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { embeddedPackage, onProgress } = await sharedPostgres(process.env);
  return startPostgres({ origins: ['container', 'embedded'], embeddedPackage, onProgress, ...options });
}

/** An OpenSearch of a test file's own, of the version that the run is about. The caller stops it. */
export async function startOwnOpenSearch(): Promise<OpenSearchServer> {
  return startOpenSearch({ ...sharedOpenSearch(process.env), origins: ['container', 'embedded'] });
}

/** One with its security plugin, whatever version the run is about: there is a plugin for one. The caller stops it. */
export async function startSecuredOpenSearch(security: OpenSearchSecurity): Promise<OpenSearchServer> {
  const { jvm, onProgress } = sharedOpenSearch(process.env);
  return startOpenSearch({ jvm, onProgress, security, origins: ['embedded'] });
}
