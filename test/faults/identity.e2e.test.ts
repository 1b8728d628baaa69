import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '@sluice/servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { waitFor } from '../support/wait.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';

let original: PostgresServer;
let other: PostgresServer;
beforeAll(async () => {
  // Their data directories are copied: no containers.
  [original, other] = await Promise.all([
    startOwnPostgres({ origins: ['embedded'] }),
    startOwnPostgres({ origins: ['embedded'] }),
  ]);
});
afterAll(() => Promise.all([original.stop(), other.stop()]));

async function ask(server: PostgresServer, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>(sql);
    return rows[0]?.value ?? '';
  } finally {
    await client.end();
  }
}

const dataDirectory = (server: PostgresServer) =>
  ask(server, "SELECT current_setting('data_directory') AS value");

/** Owner, mode and links stay: Postgres looks at them. */
async function copyDirectory(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** A copy of the disk as it is at this moment. */
async function snapshotOf(server: PostgresServer): Promise<string> {
  const home = await dataDirectory(server);
  await ask(server, 'CHECKPOINT');
  await server.kill();
  await copyDirectory(home, `${home}.snapshot`);
  await server.restart();
  return `${home}.snapshot`;
}

/** Has `server` run on a snapshot, at its own port. */
async function restoreTo(server: PostgresServer, snapshot: string, as: 'primary' | 'standby'): Promise<void> {
  const home = await dataDirectory(server);
  await server.kill();
  await copyDirectory(snapshot, home);
  await rm(join(home, 'postmaster.pid'), { force: true });
  // The snapshot has the passwords of the server that it was taken from.
  const trust = ['all', 'replication'].map((what) => `host ${what} all 127.0.0.1/32 trust\n`);
  await writeFile(join(home, 'pg_hba.conf'), trust.join(''));
  if (as === 'standby') await writeFile(join(home, 'standby.signal'), '');
  await server.restart();
}

function at(server: PostgresServer, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

async function epochs(site: Deployment): Promise<readonly number[]> {
  return (await generationRecords(site)).map(({ epoch }) => epoch);
}

test('another cluster is refused, and with --adopt it takes over and the index is reconciled', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: original.url } });
  await site.process.stop();
  const before = await site.indexed('customers');
  const smaller = shop({ customers: 120, orders: 2 });
  await using successor = await Deployment.create({
    ...smaller,
    servers: { postgres: other.url },
    prefix: site.search.prefix,
  });
  const { code, log } = await successor.run().untilEnded();
  expect(code).toBe(3);
  expect(log).toMatch(/SLUICE_SOURCE_IDENTITY/);
  expect(log).toMatch(/belongs to another source/);
  expect(log).toMatch(/--adopt/);
  expect(await site.indexed('customers')).toEqual(before);
  await successor.start({ args: ['--adopt'] });
  await successor.converged();
  await successor.process.stop();
  await successor.start();
  await successor.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await successor.converged();
});

test('a copy at another address is refused while the original is still followed, promoted or not', async () => {
  await using site = await Deployment.create({ ...shop(), servers: { postgres: original.url } });
  await site.start();
  await site.converged();
  const snapshot = await snapshotOf(original);
  await site.database.query("UPDATE customers SET name = 'only in the original' WHERE id <= 10");
  await site.converged();
  for (const as of ['primary', 'standby'] as const) {
    await restoreTo(other, snapshot, as);
    if (as === 'standby') await ask(other, 'SELECT pg_promote()::text AS value');
    const followed = site.environment['DATABASE_URL'];
    site.environment['DATABASE_URL'] = at(other, site.database.name);
    const { code, log } = await site.command('run', '--log-format', 'json');
    site.environment['DATABASE_URL'] = followed ?? '';
    expect(code, `it said:\n${log}`).toBe(3);
    expect(log).toMatch(/SLUICE_SOURCE_IDENTITY/);
    expect(log).toMatch(/perhaps a copy/);
  }
  await site.database.query("UPDATE customers SET name = 'still followed' WHERE id = 11");
  await site.converged();
});

test.each([
  ['an older state of the same server', 'primary'],
  ['a promoted standby', 'standby'],
] as const)('%s at the same address: the epoch is raised and the index reconciled', async (_what, as) => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: original.url } });
  const snapshot = await snapshotOf(original);
  await site.database.query(`
    UPDATE customers SET name = 'lost with the disk' WHERE id <= 10;
    INSERT INTO customers (name) SELECT 'never was' FROM generate_series(1, 10);
    DELETE FROM customers WHERE id BETWEEN 50 AND 60;
    UPDATE orders SET customer_id = 61 WHERE customer_id = 62`);
  for (let n = 0; n < 20; n += 1)
    await site.database.query("UPDATE customers SET name = name || '.' WHERE id = 12");
  await site.converged();
  const before = await epochs(site);

  await restoreTo(original, snapshot, as);
  if (as === 'standby') {
    await waitFor(() => ask(original, 'SELECT nullif(pg_is_in_recovery(), false)::text AS value'), {
      what: 'a standby',
    });
    await ask(original, 'SELECT pg_promote()::text AS value');
  }
  await site.converged();
  expect(await epochs(site)).toEqual(before.map((epoch) => epoch + 1));
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
  expect(site.process.ending).toBeNull();
});
