// The macro benchmark: `npm run bench -- [--users 50000] [--runs 5] [--updates 20000] [--only backfill,updates,idle]
// [--capture wal|triggers]`.
// Every figure is a ratio to the physical limit in the same run, on the same servers; medians of alternating runs.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { seedStatements } from './data.mjs';
import { deployments } from './deployment.mjs';
import { median, quantile } from './median.mjs';
import { openServers } from './servers.mjs';
import { update } from './update.mjs';

const { values: flags } = parseArgs({
  options: {
    users: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '5' },
    updates: { type: 'string', default: '20000' },
    only: { type: 'string', default: 'backfill,updates,idle' },
    capture: { type: 'string', default: 'wal' },
  },
});
const users = Number(flags.users);
const runs = Number(flags.runs);
const updates = Number(flags.updates);
const only = new Set(flags.only.split(','));
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const log = (line) => process.stderr.write(`${line}\n`);

const servers = await openServers(log);
const { folder, postgres, openSearch, client } = servers;
log(`seeding ${users} users with ${users * 4} orders with ${users * 12} items …`);
for (const statement of seedStatements(users)) await client.query(statement);

const deployment = deployments({ ...servers, capture: { plugin: flags.capture } });

async function limit(index, keysFile) {
  const args = [
    here('limit.mjs'),
    postgres.url,
    openSearch.url,
    index,
    'shape_users',
    here('statement.sql'),
    ...(keysFile ? [keysFile] : []),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

const documentsPerSecond = (count, ms) => Math.round((count / ms) * 1000);

async function benchBackfill() {
  const results = [];
  for (let run = 1; run <= runs; run += 1) {
    const bare = await limit(`limit_${run}`);
    const sluice = await deployment(`fill${run}`, true);
    await sluice.ended;
    const ms = sluice.state.phases.get('live') - sluice.state.phases.get('backfilling');
    const result = {
      limit: bare.documents / bare.ms,
      sluice: users / ms,
      ratio: bare.ms / ms,
      rssMiB: sluice.state.rssBytes / 2 ** 20,
    };
    results.push(result);
    log(
      `backfill ${run}: limit ${documentsPerSecond(bare.documents, bare.ms)}/s, sluice ${documentsPerSecond(users, ms)}/s, ratio ${result.ratio.toFixed(2)}, ${result.rssMiB.toFixed(0)} MiB`,
    );
  }
  return {
    limitPerSecond: Math.round(median(results.map((each) => each.limit)) * 1000),
    sluicePerSecond: Math.round(median(results.map((each) => each.sluice)) * 1000),
    ratio: median(results.map((each) => each.ratio)),
    rssMiB: median(results.map((each) => each.rssMiB)),
  };
}

async function benchUpdates() {
  const sluice = await deployment('follow', false);
  await sluice.until(() => sluice.state.phases.has('live'));
  const results = [];
  for (let run = 1; run <= runs; run += 1) {
    const before = sluice.state.durable;
    const started = performance.now();
    const { touched, committedAt } = await update(postgres.url, { count: updates, seed: run, users });
    const writing = performance.now() - started;
    await sluice.until(() => sluice.state.durable >= before + updates);
    const drain = sluice.state.durableAt - committedAt;
    const keysFile = join(folder, 'keys.json');
    await writeFile(keysFile, JSON.stringify(touched));
    const bare = await limit('limit_updates', keysFile);
    results.push({ drain, limit: bare.ms, ratio: drain / bare.ms });
    log(
      `updates ${run}: written in ${writing.toFixed(0)} ms, drained ${drain.toFixed(0)} ms later, limit for ${touched.length} documents ${bare.ms.toFixed(0)} ms, ratio ${(drain / bare.ms).toFixed(2)}`,
    );
  }
  await sluice.stop();
  return {
    drainMs: median(results.map((each) => each.drain)),
    limitMs: median(results.map((each) => each.limit)),
    ratio: median(results.map((each) => each.ratio)),
  };
}

async function benchIdle() {
  const sluice = await deployment('idle', false);
  await sluice.until(() => sluice.state.phases.has('live'));
  const latencies = [];
  for (let commit = 0; commit < 220; commit += 1) {
    const before = sluice.state.durable;
    await client.query('UPDATE orders SET total = total + 1 WHERE id = $1', [1 + commit]);
    const committedAt = performance.timeOrigin + performance.now();
    await sluice.until(() => sluice.state.durable > before);
    if (commit >= 20) latencies.push(sluice.state.durableAt - committedAt);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await sluice.stop();
  return { medianMs: median(latencies), p95Ms: quantile(latencies, 0.95) };
}

// Both servers warm, and an index whose mapping the limit takes over.
const shape = await deployment('shape', true);
await shape.ended;

const report = {
  node: process.version,
  cores: availableParallelism(),
  postgres: postgres.version,
  openSearch: openSearch.version,
  capture: flags.capture,
  users,
  runs,
};
if (only.has('backfill')) report.backfill = await benchBackfill();
if (only.has('updates')) report.updates = await benchUpdates();
if (only.has('idle')) report.idle = await benchIdle();
console.log(JSON.stringify(report, null, 2));
await servers.close();
