// A source to measure on: twin tables, one without triggers, one that the capture follows.
import plugin, { triggerOptions } from '@sluice/plugin-cdc-triggers';
import { startPostgres } from '@sluice/servers';
import pg from 'pg';

const silent = () => undefined;
export const never = new AbortController().signal;

/** A Postgres with a database for one section. `defaults` that other benchmarks use stay as they are. */
export async function openServer(settings, log) {
  const server = await startPostgres({
    onProgress: log,
    settings: { wal_level: 'replica', shared_buffers: '512MB', max_wal_size: '8GB', ...settings },
  });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return {
    ...server,
    client,
    query: async (text, values) => (await client.query(text, values)).rows,
    stop: async () => {
      await client.end();
      await server.stop();
    },
  };
}

/** The capture as Sluice makes it, reading `tables`: {name: {links, watched}}. */
export function makeCapture(url, options = {}) {
  const context = {
    logger: { debug: silent, info: silent, warn: console.error, error: console.error },
    signal: never,
    connection: url,
    prefix: '',
    baseDir: process.cwd(),
    stdout: process.stdout,
  };
  return plugin.create(context, triggerOptions.parse(options));
}

/** What the capture has to follow: tables of `makeBooks`. */
export const following = (...names) => ({
  tables: names.map((name) => ({
    table: { schema: 'public', name },
    key: ['id'],
    links: ['id', 'author_id'],
    watched: ['id', 'author_id', 'pages', 'price', 'title'],
    uses: [{ index: 'books', role: 'root', field: '' }],
  })),
});

/** `unwatched` is a column that no index reads. */
export async function makeBooks(query, name, rows) {
  await query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, author_id bigint NOT NULL, pages int NOT NULL,
    price numeric(12,2) NOT NULL, title text NOT NULL, unwatched int NOT NULL) WITH (fillfactor = 70)`);
  await query(`INSERT INTO ${name} SELECT i, i % 1000, 100 + i % 400, (i % 5000) / 100.0, 'Title number ' || i, 0
    FROM generate_series(1, ${rows}) i`);
  await query(`VACUUM (ANALYZE, FREEZE) ${name}`);
}
