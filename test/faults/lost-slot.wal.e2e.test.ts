import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';
import { theSlot } from './harness/slots.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startOwnPostgres({
    settings: { max_slot_wal_keep_size: '16MB', max_wal_size: '64MB', min_wal_size: '32MB' },
  });
});
afterAll(() => postgres.stop());

/** Writes log until the server lets go of what the slot needs. */
async function invalidate(site: Deployment): Promise<void> {
  const { database } = site;
  await database.query('CREATE TABLE IF NOT EXISTS unrelated (filler text)');
  await waitFor(
    async () => {
      await database.query("INSERT INTO unrelated SELECT repeat('x', 1000) FROM generate_series(1, 30000)");
      await database.query('CHECKPOINT');
      return (await theSlot(database)).status === 'lost';
    },
    { what: 'the slot to be invalidated' },
  );
  await database.query('DROP TABLE unrelated');
}

const missed = `
  DELETE FROM customers WHERE id BETWEEN 20 AND 30;
  DELETE FROM orders WHERE customer_id = 40;
  UPDATE orders SET customer_id = 51 WHERE customer_id = 50;
  UPDATE customers SET name = 'missed' WHERE id = 60`;

test('a slot that was invalidated while Sluice was stopped: said loudly, and reconciled with what was deleted', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: postgres.url } });
  await site.process.stop();
  await site.database.query(missed);
  await invalidate(site);
  const process = await site.start();
  expect(process.log).toContain('can no longer deliver what it missed: The slot');
  await site.converged();
  expect(await theSlot(site.database)).toMatchObject({ active: true });
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
});

test('a slot that is invalidated while a sink is down and Sluice waits: the same', async () => {
  await using site = await Deployment.create({ ...shop(), servers: { postgres: postgres.url } });
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  await site.start();
  await site.converged();
  await proxy.set('refuse');
  proxy.cut();
  await site.database.query(missed);
  await invalidate(site);
  await proxy.set('forward');
  await site.converged();
  expect(site.process.log).toContain('can no longer deliver what it missed');
  expect(site.process.ending).toBeNull();
  expect(await theSlot(site.database)).toMatchObject({ active: true });
});
