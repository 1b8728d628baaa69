import { type PgBouncer, type PostgresServer, startPostgres } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type DeploymentOptions } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { startPooler } from '../support/pooler.ts';
import { waitFor } from '../support/wait.ts';
import { mechanisms, onlyHas } from './harness/mechanisms.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

/** A Postgres and a pooler of their own: both are restarted. */
let postgres: PostgresServer;
let pooler: PgBouncer;
beforeAll(async () => {
  postgres = await startPostgres({ origins: ['container', 'embedded'] });
  pooler = await startPooler(postgres.url);
});
afterAll(async () => {
  await pooler.stop();
  await postgres.stop();
});

/** Sluice knows of the pooler alone. */
async function behindPooler(options: Partial<DeploymentOptions> = {}): Promise<Deployment> {
  const site = await Deployment.create({
    ...shop(),
    capture: 'triggers',
    servers: { postgres: postgres.url },
    ...options,
  });
  const { name } = site.database;
  // An application's settings, which decide how values print and are read.
  await site.database.query(`ALTER DATABASE ${name} SET DateStyle = 'German'`);
  await site.database.query(`ALTER DATABASE ${name} SET TimeZone = 'Asia/Tokyo'`);
  await site.database.query(`ALTER DATABASE ${name} SET standard_conforming_strings = off`);
  site.environment['DATABASE_URL'] = pooler.through(site.database.url);
  return site;
}

const recovery = { deadlineMs: 60_000 };

test('70: behind a transaction pooler everything that is written arrives, through restarts of pooler and Postgres', {
  timeout: 240_000,
}, async () => {
  await using site = await behindPooler(shop({ customers: 12_000, orders: 1 }));
  site.run();
  // The application's own clients are on both sides of the pooler, and share its connections with Sluice.
  await using direct = startWorkload(site.database.url, { seed: 1 });
  await using pooled = startWorkload(pooler.through(site.database.url), { seed: 2 });
  await waitFor(
    async () => {
      site.process.assertRunning();
      return (await generationRecords(site)).some(({ scan }) => (scan?.finished.length ?? 0) > 0);
    },
    { what: 'a finished range', deadlineMs: 60_000 },
  );
  await pooler.restart();
  await direct.until(20);
  await site.process.untilLive(120_000);
  for (const interrupt of [
    () => pooler.restart(),
    async () => {
      await pooler.kill();
      await direct.until(20);
      await pooler.restart();
    },
    () => postgres.restart(),
    async () => {
      await postgres.kill();
      await postgres.restart();
    },
  ]) {
    await interrupt();
    await direct.until(30);
    await pooled.until(30);
  }
  await Promise.all([direct.stop(), pooled.stop()]);
  await site.converged(recovery);
  expect(site.process.ending).toBeNull();
  expect(site.process.log).toContain('transaction pooler');
  // Nothing was kept in a session that belongs to others, and nothing went wrong because something was.
  expect(site.process.log).not.toMatch(/42P05|prepared statement/);
});

test('70: check says that a pooler was found, and what that means', async () => {
  await using site = await behindPooler();
  const check = await site.command('check');
  expect(check.code, `it said:\n${check.log}`).toBe(0);
  expect(check.output).toMatch(/note: A transaction pooler is between Sluice and Postgres/);
  expect(check.output).toContain('listen_connection');
});

test('the log is not followed through a pooler: it says so, and what to do', async () => {
  await using site = await behindPooler({ capture: 'wal' });
  for (const command of ['check', 'run']) {
    const refused = await site.command(command);
    expect(refused.code).not.toBe(0);
    expect(refused.log).toContain('pooler');
    expect(refused.log).toContain('capture: triggers');
  }
});

test('capture: auto takes the triggers, where the log could be read but for the pooler', async () => {
  await using site = await behindPooler({ capture: 'auto' });
  await using workload = startWorkload(site.database.url);
  await site.start();
  await workload.until(30);
  await workload.stop();
  await site.converged();
  expect(await site.database.query('SELECT FROM pg_replication_slots')).toEqual([]);
  await site.process.stop();
  const removed = await site.command('provision', '--remove');
  expectEnded(removed, 0);
  expect(removed.log).toContain('warning: whether wal has anything there is not known');
  expect(await mechanisms(site)).toEqual([]);
});

test('from the log to triggers by way of a pooler: said, reconciled, and the slot is told of until it is gone', async () => {
  await using site = await behindPooler({ capture: 'wal' });
  const { DATABASE_URL: throughPooler } = site.environment;
  site.environment['DATABASE_URL'] = site.database.url;
  await site.start();
  await site.process.stop();
  await site.database.query("UPDATE customers SET name = 'while nobody looked' WHERE id <= 10");
  if (throughPooler !== undefined) site.environment['DATABASE_URL'] = throughPooler;
  await site.reconfigure({ capture: 'triggers' });
  const check = await site.command('check');
  expect(check.code, `it said:\n${check.log}`).toBe(0);
  const process = await site.start();
  await site.converged();
  expect(process.log).toContain('triggers takes over');
  expect(process.log).toContain('what wal had in the source is still there');
  await process.stop();
  site.environment['DATABASE_URL'] = site.database.url;
  await site.start();
  await onlyHas(site, 'triggers');
});
