import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { restoreLogically } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';
import { ask, at, restoreTo, snapshotOf } from './harness/physical-copy.ts';
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

test('a database that was dropped and restored is refused, and with --adopt it takes over, with what was waiting', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: original.url } });
  await site.process.stop();
  await site.database.query(`
    UPDATE customers SET name = 'waiting' WHERE id <= 10;
    DELETE FROM orders WHERE customer_id BETWEEN 50 AND 60;
    UPDATE orders SET customer_id = 61 WHERE customer_id = 62`);
  const before = await site.indexed('customers');
  await restoreLogically(original.url, site.database.name);
  const { code, log } = await site.run().untilEnded();
  expect(code).toBe(3);
  expect(log).toMatch(/this one was made anew \(dropped and restored\?\)/);
  expect(log).toMatch(/--adopt/);
  expect(await site.indexed('customers')).toEqual(before);
  await site.start({ args: ['--adopt'] });
  await site.converged();
  await site.process.stop();
  await site.start();
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
  expect(site.process.log).not.toMatch(/epoch|reconcile/);
});

test('a copy at another address is refused while the original is followed and afterwards, promoted or not; the original by another name is not', async () => {
  await using site = await Deployment.create({ ...shop(), servers: { postgres: original.url } });
  await site.start();
  await site.converged();
  const snapshot = await snapshotOf(original);
  await site.database.query("UPDATE customers SET name = 'only in the original' WHERE id <= 10");
  await site.converged();
  const refused = async () => {
    const followed = site.environment['DATABASE_URL'];
    site.environment['DATABASE_URL'] = at(other, site.database.name);
    const { code, log } = await site.command('run', '--log-format', 'json');
    site.environment['DATABASE_URL'] = followed ?? '';
    expect(code, `it said:\n${log}`).toBe(3);
    expect(log).toMatch(/SLUICE_SOURCE_IDENTITY/);
    expect(log).toMatch(/perhaps a copy/);
  };
  for (const as of ['primary', 'standby'] as const) {
    await restoreTo(other, snapshot, as === 'standby' ? { standby: {} } : as);
    if (as === 'standby') await ask(other, 'SELECT pg_promote()::text AS value');
    await refused();
  }
  await site.database.query("UPDATE customers SET name = 'still followed' WHERE id = 11");
  await site.converged();
  await site.process.stop();
  await refused();

  // The copy that is not promoted and has gone on by itself is no less a copy.
  await restoreTo(other, snapshot, 'primary');
  await ask({ url: at(other, site.database.name) }, 'CREATE TABLE busy (n integer)');
  for (let n = 0; n < 200; n += 1)
    await ask({ url: at(other, site.database.name) }, `INSERT INTO busy VALUES (${n})`);
  await refused();

  // The original is itself by any name, and goes on without a reconcile.
  site.environment['DATABASE_URL'] = site.database.url.replace('127.0.0.1', 'localhost');
  await site.start();
  await site.database.query("UPDATE customers SET name = 'by another name' WHERE id = 12");
  await site.converged();
  expect(site.process.log).not.toMatch(/epoch|reconcile/);
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

  await restoreTo(original, snapshot, as === 'standby' ? { standby: {} } : as);
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
