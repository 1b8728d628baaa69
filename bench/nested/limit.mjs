// The physical limit: the plainest loader of the same documents. It keeps nothing in step, checks nothing and
// retries nothing. It writes to an index of the same mapping as the one it is compared with.
// Usage: node limit.mjs POSTGRES_URL OPENSEARCH_URL INDEX SAME_AS_INDEX STATEMENT_FILE [KEYS_FILE]
// Prints one line of JSON: {documents, ms, rssBytes}.
import { readFileSync } from 'node:fs';
import { Client as OpenSearch } from '@opensearch-project/opensearch';
import pg from 'pg';

const [postgresUrl, openSearchUrl, index, sameAs, statementFile, keysFile] = process.argv.slice(2);
const statement = readFileSync(statementFile, 'utf8');
const sink = new OpenSearch({ node: openSearchUrl });
await sink.indices.delete({ index, ignore_unavailable: true });
const [{ mappings, settings }] = Object.values((await sink.indices.get({ index: sameAs })).body);
const { analysis, number_of_shards, mapping } = settings.index;
await sink.indices.create({
  index,
  body: {
    mappings,
    settings: {
      index: { analysis, mapping, number_of_shards, number_of_replicas: 0, refresh_interval: '-1' },
    },
  },
});

const connections = await Promise.all(
  [1, 2].map(async () => {
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    return client;
  }),
);
const keys = keysFile
  ? JSON.parse(readFileSync(keysFile, 'utf8'))
  : (await connections[0].query('SELECT id FROM users ORDER BY id')).rows.map(({ id }) => id);
const pages = [];
for (let at = 0; at < keys.length; at += 500) pages.push(keys.slice(at, at + 500));

let documents = 0;
const started = performance.now();
await Promise.all(
  connections.map(async (client) => {
    for (let page = pages.shift(); page; page = pages.shift()) {
      const { rows } = await client.query({
        name: 'page',
        text: statement,
        values: [page],
        rowMode: 'array',
        types: { getTypeParser: () => String },
      });
      let body = '';
      for (const [id, document] of rows) body += `{"index":{"_id":"${id}"}}\n${document}\n`;
      await sink.bulk({ index, body, filter_path: 'errors' });
      documents += rows.length;
    }
  }),
);
await sink.indices.refresh({ index });
const ms = performance.now() - started;
console.log(JSON.stringify({ documents, ms, rssBytes: process.memoryUsage().rss }));
await Promise.all(connections.map((client) => client.end()));
await sink.close();
