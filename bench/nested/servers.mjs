import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenSearch, startPostgres } from '@sluice/servers';
import pg from 'pg';

/** A Postgres with a client, an OpenSearch, and a folder for configurations, until `close`. */
export async function openServers(log) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const postgres = await startPostgres({ onProgress: log });
  const openSearch = await startOpenSearch({ onProgress: log, heap: '1g' });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  return {
    folder,
    postgres,
    openSearch,
    client,
    close: async () => {
      await client.end();
      await postgres.stop();
      await openSearch.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
