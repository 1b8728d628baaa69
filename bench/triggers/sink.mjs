// From the outbox into OpenSearch, beside the log in the same run: the data and the updates of bench/nested.
import { setTimeout as delay } from 'node:timers/promises';
import { seedStatements } from '../nested/data.mjs';
import { deployments } from '../nested/deployment.mjs';
import { median, quantile } from '../nested/median.mjs';
import { openServers } from '../nested/servers.mjs';
import { update } from '../nested/update.mjs';
import { record } from './report.mjs';

const captures = {
  log: { plugin: 'wal' },
  outbox: { plugin: 'triggers' },
};
const pollInterval = 200;

export async function measureSink({ runs, users, updates, log }) {
  const servers = await openServers(log);
  const { postgres, client } = servers;
  try {
    log(`seeding ${users} users with ${users * 4} orders with ${users * 12} items …`);
    for (const statement of seedStatements(users)) await client.query(statement);
    const deployment = deployments({ ...servers, capture: captures.log });
    const rates = { log: [], outbox: [] };
    for (let run = 1; run <= runs; run += 1) {
      const order = run % 2 === 0 ? ['outbox', 'log'] : ['log', 'outbox'];
      for (const name of order) {
        const { rate, drain } = await follow(await deployment(`${name}${run}`, false, captures[name]));
        rates[name].push(rate);
        log(
          `sink ${run}, ${name}: ${rate.toFixed(0)} updates/s, ${drain.toFixed(0)} ms after the last commit`,
        );
      }
    }
    record(
      'outbox to sink',
      `${updates.toLocaleString('en')} updates, first commit to all durable`,
      median(rates.outbox) / median(rates.log),
      {
        unit: "of the log's rate",
        least: 0.8,
        digits: 2,
        note: `${median(rates.outbox).toFixed(0)} of ${median(rates.log).toFixed(0)} updates/s`,
      },
    );
    const woken = await idle(await deployment('woken', false, captures.outbox));
    record('one commit, idle, to durable', 'median with wake-ups', median(woken), {
      unit: 'ms',
      most: 25,
      note: `p95 ${quantile(woken, 0.95).toFixed(1)} ms`,
    });
    const polled = await idle(
      await deployment('polled', false, {
        plugin: 'triggers',
        wake: 'off',
        poll_interval: `${pollInterval}ms`,
      }),
    );
    record('one commit, idle, to durable', `median polling every ${pollInterval} ms`, median(polled), {
      unit: 'ms',
      most: pollInterval,
      note: `p95 ${quantile(polled, 0.95).toFixed(1)} ms`,
    });

    async function follow(sluice) {
      await sluice.until(() => sluice.state.phases.has('live'));
      const before = sluice.state.durable;
      const started = performance.timeOrigin + performance.now();
      const { committedAt } = await update(postgres.url, { count: updates, seed: 1, users });
      await sluice.until(() => sluice.state.durable >= before + updates);
      const { durableAt } = sluice.state;
      await sluice.stop();
      return { rate: (updates / (durableAt - started)) * 1000, drain: durableAt - committedAt };
    }

    /** Single commits, far enough apart for the reader to fall asleep and its waits to grow. */
    async function idle(sluice) {
      await sluice.until(() => sluice.state.phases.has('live'));
      const latencies = [];
      for (let commit = 0; commit < 110; commit += 1) {
        const before = sluice.state.durable;
        await client.query('UPDATE orders SET total = total + 1 WHERE id = $1', [1 + commit]);
        const committedAt = performance.timeOrigin + performance.now();
        await sluice.until(() => sluice.state.durable > before);
        if (commit >= 10) latencies.push(sluice.state.durableAt - committedAt);
        await delay(100);
      }
      await sluice.stop();
      return latencies;
    }
  } finally {
    await servers.close();
  }
}
