// What bad documents cost the good ones: `npm run bench:dead-letters -- [--rows 1000000] [--bad 1000] [--runs 1]`.
// A backfill of the same rows: all of them good, some that OpenSearch rejects, some that cannot be built.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { deployments } from '../nested/deployment.mjs';
import { median } from '../nested/median.mjs';
import { openServers } from '../nested/servers.mjs';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    bad: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '1' },
  },
});
const rows = Number(flags.rows);
const bad = Number(flags.bad);
const log = (line) => process.stderr.write(`${line}\n`);

/** A byte in OpenSearch rejects 300; the filter fails where `divisor` is 0. */
const schema = `
table: levels
filters:
  - raw: "100 / divisor > 0"
fields:
  - custom: level
    postgres: [int4]
    opensearch: byte
  - keyword: label
  - text: body
`;

const cases = {
  good: 'level = 1',
  rejected: 'level = 300',
  unbuildable: 'divisor = 0',
};

const servers = await openServers(log);
const { postgres, openSearch, client } = servers;
log(`seeding ${rows} rows …`);
await client.query(`
  CREATE TABLE levels (id integer PRIMARY KEY, level integer NOT NULL, divisor integer NOT NULL, label text, body text)`);
await client.query(
  `INSERT INTO levels SELECT n, n % 100, 1, 'label ' || n, repeat('word ' || n % 1000 || ' ', 20)
   FROM generate_series(1, $1) AS n`,
  [rows],
);
await client.query('VACUUM ANALYZE levels');

const index = { on_reject: 'dead_letter' };
const deployment = deployments({
  ...servers,
  capture: { plugin: 'wal' },
  schema,
  index,
});

async function letters(prefix) {
  const at = new URL(`${prefix}_.sluice_dead_letters/`, openSearch.url);
  if ((await fetch(new URL('_refresh', at), { method: 'POST' })).status === 404) return 0;
  return (await (await fetch(new URL('_count', at))).json()).count;
}

const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let run = 0; run <= Number(flags.runs); run += 1) {
  for (const [name, change] of Object.entries(cases)) {
    // The first round warms the servers.
    if (run === 0 && name !== 'good') continue;
    await client.query('UPDATE levels SET level = 1, divisor = 1 WHERE level = 300 OR divisor = 0');
    await client.query(`UPDATE levels SET ${change} WHERE id % $1 = 0`, [Math.floor(rows / bad)]);
    const prefix = `${name}${run}`;
    const sluice = await deployment(prefix, true);
    await sluice.ended;
    const ms = sluice.state.phases.get('live') - sluice.state.phases.get('backfilling');
    const count = await letters(prefix);
    if (count !== (name === 'good' ? 0 : bad)) throw new Error(`${name}: ${count} dead letters`);
    log(`${name} ${run}: ${Math.round((rows / ms) * 1000)} documents/s, ${count} dead letters`);
    if (run > 0) results[name].push((rows / ms) * 1000);
    await fetch(new URL(`${prefix}_users_*`, openSearch.url), { method: 'DELETE' });
  }
}

const perSecond = Object.fromEntries(
  Object.entries(results).map(([name, all]) => [name, Math.round(median(all))]),
);
console.log(
  JSON.stringify(
    {
      node: process.version,
      cores: availableParallelism(),
      postgres: postgres.version,
      openSearch: openSearch.version,
      rows,
      bad,
      runs: Number(flags.runs),
      perSecond,
    },
    null,
    2,
  ),
);
await servers.close();
