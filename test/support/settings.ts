import type { OpenSearchOptions, PostgresOptions } from '@sluice/servers';
import { defaultPostgresVersion, postgresPackage } from './postgres-package.ts';

/** The one Postgres that every test file shares: room for each file's slots, walsenders and prepared transactions. */
export async function sharedPostgres(environment: NodeJS.ProcessEnv): Promise<PostgresOptions> {
  const version = environment['SLUICE_TEST_POSTGRES_VERSION'] || defaultPostgresVersion;
  return {
    embeddedPackage: await postgresPackage(version, environment, onProgress),
    settings: {
      wal_level: 'logical',
      max_connections: 500,
      max_replication_slots: 50,
      max_wal_senders: 50,
      max_prepared_transactions: 20,
    },
    onProgress,
  };
}

/** The one OpenSearch that every test file shares; each file uses an index prefix of its own. */
export function sharedOpenSearch(environment: NodeJS.ProcessEnv): OpenSearchOptions {
  const version = environment['SLUICE_TEST_OPENSEARCH_VERSION'] || undefined;
  if (version !== undefined && version !== '2.19' && version !== '3.4') {
    throw new Error(`SLUICE_TEST_OPENSEARCH_VERSION is ${version}; it can be 2.19 or 3.4.`);
  }
  // A server that lives for minutes spends more on the second compiler than it gets back.
  return { line: version, jvm: '-XX:TieredStopAtLevel=1', onProgress };
}

function onProgress(message: string): void {
  process.stderr.write(`${message}\n`);
}
