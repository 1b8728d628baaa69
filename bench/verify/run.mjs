// How fast `sluice verify` is, and in how much memory, beside the backfill of the same documents in the same run:
// `npm run bench:verify -- [--documents 1000000] [--shape flat|nested] [--damage 20000]`.
// `--damage`: so many documents are removed from the index behind Sluice's back, for a second comparison.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { schema as nestedSchema, seedStatements } from '../nested/data.mjs';
import { deployments } from '../nested/deployment.mjs';
import { openServers } from '../nested/servers.mjs';

const { values: flags } = parseArgs({
  options: {
    documents: { type: 'string', default: '1000000' },
    shape: { type: 'string', default: 'flat' },
    damage: { type: 'string', default: '20000' },
  },
});
const documents = Number(flags.documents);
const damage = Number(flags.damage);
const log = (line) => process.stderr.write(`${line}\n`);

const flat = {
  seed: [
    'CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, country text NOT NULL, created_at timestamptz NOT NULL)',
    'CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, status text NOT NULL, total numeric(12,2) NOT NULL)',
    `INSERT INTO users SELECT u, 'User number ' || u, 'user' || u || '@example.com', (ARRAY['de','fr','us','jp'])[1 + u % 4], timestamptz '2024-01-01' + u * interval '1 minute' FROM generate_series(1, ${documents}) u`,
    `INSERT INTO orders SELECT o, (o - 1) / 2 + 1, (ARRAY['new','paid','sent'])[1 + o % 3], (o % 10000) / 100.0 FROM generate_series(1, ${documents * 2}) o`,
    'CREATE INDEX ON orders (user_id)',
    'VACUUM ANALYZE',
    'CHECKPOINT',
  ],
  schema: `table: users
fields:
  - long: id
  - text: name
  - keyword: email
  - keyword: country
  - timestamp: created_at
  - has_many: orders
    table: orders
    foreign_key: user_id
    fields:
      - long: id
      - keyword: status
      - decimal: total
`,
};
const shape = flags.shape === 'nested' ? { seed: seedStatements(documents), schema: nestedSchema } : flat;

const servers = await openServers(log);
const { folder, openSearch, client } = servers;

async function verify(what) {
  const program = fileURLToPath(new URL('verifier.mjs', import.meta.url));
  const config = join(folder, 'fill.yaml');
  const { stdout } = await promisify(execFile)(process.execPath, [program, config]);
  const found = JSON.parse(stdout);
  const perSecond = Math.round((found.compared / found.durationMs) * 1000);
  log(
    `verify ${what}: ${perSecond}/s, ${Math.round(found.rssBytes / 2 ** 20)} MiB, ${JSON.stringify(found.counts)}`,
  );
  return { perSecond, rssMiB: Math.round(found.rssBytes / 2 ** 20), ...found };
}

try {
  log(`seeding ${documents} documents …`);
  for (const statement of shape.seed) await client.query(statement);
  const deployment = deployments({
    ...servers,
    capture: { plugin: 'wal' },
    schema: shape.schema,
  });
  const filling = await deployment('fill', true);
  await filling.ended;
  const ms = filling.state.phases.get('live') - filling.state.phases.get('backfilling');
  const backfill = {
    perSecond: Math.round((documents / ms) * 1000),
    rssMiB: Math.round(filling.state.rssBytes / 2 ** 20),
  };
  log(`backfill: ${backfill.perSecond}/s, ${backfill.rssMiB} MiB`);
  const equal = await verify('equal');
  if (damage > 0) {
    const answer = await fetch(
      `${openSearch.url}/fill_users/_delete_by_query?refresh=true&conflicts=proceed`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ max_docs: damage, query: { match_all: {} } }),
      },
    );
    if (!answer.ok) throw new Error(await answer.text());
  }
  const damaged = damage > 0 ? await verify('damaged') : null;
  console.log(
    JSON.stringify(
      {
        node: process.version,
        cores: availableParallelism(),
        documents,
        shape: flags.shape,
        backfill,
        equal,
        damaged,
        ratio: equal.perSecond / backfill.perSecond,
      },
      null,
      2,
    ),
  );
} finally {
  await servers.close();
}
