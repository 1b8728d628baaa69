import type { OpenSearchServer, PostgresServer } from '@sluice/servers';
import type { Mechanism } from '../e2e/harness/captures.ts';
import { startOwnOpenSearch, startOwnPostgres } from '../support/own-servers.ts';

/** Both servers, for nobody else: they are restarted, killed and reconfigured. */
export interface SoakServers extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly opensearch: OpenSearchServer;
}

export async function startSoakServers(capture: Mechanism): Promise<SoakServers> {
  const [postgres, opensearch] = await Promise.all([
    startOwnPostgres({
      settings: {
        wal_level: capture === 'wal' ? 'logical' : 'replica',
        max_prepared_transactions: 20,
        // Killed clients leave sessions behind that nobody ends for a while.
        max_connections: 300,
      },
    }),
    startOwnOpenSearch(),
  ]);
  return {
    postgres,
    opensearch,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([postgres.stop(), opensearch.stop()]);
    },
  };
}
