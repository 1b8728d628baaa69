import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  // With prepared transactions triggers notify nobody: a notification's lock lasts as long as its commit is
  // held, and keeps the others from being held, too.
  postgres = await startOwnPostgres({ settings: { max_prepared_transactions: 1 } });
});
afterAll(() => postgres.stop());

/** From here on a commit is in the log at once and visible only after `release`, as when a standby is slow. */
async function holdCommits(database: TestDatabase): Promise<() => Promise<void>> {
  const set = async (statement: string, value: string) => {
    await database.query(statement);
    await database.query('SELECT pg_reload_conf()');
    await waitFor(
      async () => {
        const [row] = await database.query<{ held: string }>(
          "SELECT current_setting('synchronous_standby_names') AS held",
        );
        return row?.held === value;
      },
      { what: 'the setting to be read' },
    );
  };
  await set("ALTER SYSTEM SET synchronous_standby_names = 'missing'", 'missing');
  return () => set('ALTER SYSTEM RESET synchronous_standby_names', '');
}

/** Resolves when so many sessions wait for the standby, and whoever reads the log was sent what they committed. */
async function untilHeld(database: TestDatabase, sessions: number): Promise<void> {
  await waitFor(
    async () => {
      const [row] = await database.query<{ held: boolean }>(
        `SELECT (SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name NOT LIKE 'sluice%'
                   AND wait_event = 'SyncRep') = $1
            AND (SELECT coalesce(bool_and(sent_lsn >= pg_current_wal_flush_lsn()), true) FROM pg_stat_replication) AS held`,
        [sessions],
      );
      return row?.held === true;
    },
    { what: `${sessions} commits to be held and sent` },
  );
}

async function nameOf(site: Deployment, id: number): Promise<unknown> {
  const { body } = await site.search.client.get({ index: `${site.search.prefix}customers`, id: String(id) });
  return body._source?.['name'];
}

test('an update that is in the log and not yet visible is not read early', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: postgres.url } });
  const release = await holdCommits(site.database);
  const writer = await site.database.connect();
  const update = writer.query("UPDATE customers SET name = 'held' WHERE id = 1");
  try {
    await untilHeld(site.database, 1);
    expect(await nameOf(site, 1)).toBe('customer 1');
  } finally {
    await release();
  }
  await update;
  await site.converged();
  expect(await nameOf(site, 1)).toBe('held');
});

test('held commits of new, changed, moved and deleted rows show afterwards, whatever else is going on', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: postgres.url } });
  const { database } = site;
  const elsewhere = new URL(database.url);
  elsewhere.searchParams.set('options', '-c synchronous_commit=local');
  for (let round = 1; round <= 3; round += 1) {
    // Rows of the round's own, out of the workload's way: a statement that finds none has nothing to commit.
    const id = -100_000 * round;
    await database.query(`
      INSERT INTO customers (id, name) VALUES (${id}, 'a'), (${id + 1}, 'b'), (${id + 2}, 'c');
      INSERT INTO orders (id, customer_id, total) VALUES (${id}, ${id}, 1), (${id + 1}, ${id}, 2), (${id + 2}, ${id}, 3)`);
    const release = await holdCommits(database);
    const statements = [
      `INSERT INTO orders (customer_id, total) VALUES (${id}, 10)`,
      `UPDATE orders SET customer_id = ${id + 1} WHERE id = ${id}`,
      `UPDATE orders SET id = ${id + 3} WHERE id = ${id + 1}`,
      `DELETE FROM orders WHERE id = ${id + 2}`,
      `UPDATE customers SET name = 'held ${round}' WHERE id = ${id}`,
      `DELETE FROM customers WHERE id = ${id + 2}`,
    ];
    const writes = Promise.all(
      statements.map(async (statement) => (await database.connect()).query(statement)),
    );
    try {
      // Before anybody else writes: rows that others hold would keep these from their commits.
      await untilHeld(database, statements.length);
    } catch (error) {
      await release();
      throw error;
    }
    await using workload = startWorkload(elsewhere.href, { seed: round });
    try {
      await workload.until(30);
    } finally {
      await release();
    }
    await writes;
    await workload.until(10);
    await workload.stop();
    await site.converged();
  }
  expect(site.process.ending).toBeNull();
});

test('a commit that is still invisible when Sluice is killed and started again is not lost', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: postgres.url } });
  const release = await holdCommits(site.database);
  const writer = await site.database.connect();
  const update = writer.query("UPDATE orders SET customer_id = 2, status = 'held' WHERE customer_id = 1");
  try {
    await untilHeld(site.database, 1);
    await site.process.kill();
    await site.start();
    await untilHeld(site.database, 1);
  } finally {
    await release();
  }
  await update;
  await site.converged();
  expect(site.process.ending).toBeNull();
});
