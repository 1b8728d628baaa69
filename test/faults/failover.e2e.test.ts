import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { ask, at, restoreTo, snapshotOf } from './harness/physical-copy.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';

let primary: PostgresServer;
let standby: PostgresServer;
/** The name of the service: leads to whichever server is the primary. */
let service: TcpProxy;
beforeAll(async () => {
  // The data directory of one is copied to the other: no containers.
  [primary, standby] = await Promise.all([
    startOwnPostgres({ origins: ['embedded'] }),
    startOwnPostgres({ origins: ['embedded'] }),
  ]);
  service = await startProxy(primary.url);
});
afterAll(() => Promise.all([service.close(), primary.stop(), standby.stop()]));

/** From 17 on a standby can keep the slots of its primary. */
const keepsSlots = () => Number.parseInt(primary.version, 10) >= 17;

async function follow(): Promise<void> {
  await ask(primary, "SELECT pg_create_physical_replication_slot('standby', true)::text AS value");
  const { hostname, port, password } = new URL(primary.url);
  await restoreTo(standby, await snapshotOf(primary), {
    standby: {
      primary_conninfo: `host=${hostname} port=${port} user=postgres password=${password} dbname=postgres`,
      primary_slot_name: 'standby',
      hot_standby_feedback: 'on',
      ...(keepsSlots() ? { sync_replication_slots: 'on' } : {}),
    },
  });
}

test('a standby that lagged behind is promoted while the leader dies: the other process takes over, and the index says what the new primary says', async () => {
  await follow();
  await using site = await Deployment.create({
    ...shop(),
    servers: { postgres: service.through(primary.url) },
  });
  const leader = await site.start();
  const second = site.run();
  await second.untilLogged('the second to stand by', ({ phase }) => phase === 'standing by');
  await site.converged();

  const standbyHas = at(standby, site.database.name);
  if (site.capture === 'wal' && keepsSlots()) {
    await waitFor(
      async () => {
        await site.database.query('UPDATE harness.marker SET beat = beat + 1');
        return ask(
          { url: standbyHas },
          "SELECT slot_name AS value FROM pg_replication_slots WHERE synced AND NOT temporary AND slot_type = 'logical'",
        );
      },
      { what: 'the slot on the standby', intervalMs: 500 },
    );
  }
  await ask(standby, "ALTER SYSTEM SET primary_conninfo = ''");
  await ask(standby, 'SELECT pg_reload_conf()::text AS value');
  const streams =
    "SELECT count(*)::text AS value FROM pg_stat_replication WHERE application_name = 'walreceiver'";
  await waitFor(async () => (await ask(primary, streams)) === '0', {
    what: 'the standby to be on its own',
  });
  await site.database.query(`
    UPDATE customers SET name = 'lost with the primary' WHERE id <= 10;
    INSERT INTO customers (name) SELECT 'only there' FROM generate_series(1, 10);
    DELETE FROM customers WHERE id BETWEEN 50 AND 60;
    UPDATE orders SET customer_id = 61 WHERE customer_id = 62`);
  for (let n = 0; n < 20; n += 1)
    await site.database.query("UPDATE customers SET name = name || '.' WHERE id = 12");
  await site.converged();
  const before = (await generationRecords(site)).map(({ epoch }) => epoch);

  await Promise.all([primary.kill(), leader.kill()]);
  await ask(standby, 'SELECT pg_promote()::text AS value');
  service.lead(standby.url);
  service.cut();
  // Nobody renews the lease of the one that died: half a minute is what it has.
  await second.untilLive(120_000);
  await site.converged();
  expect((await generationRecords(site)).map(({ epoch }) => epoch)).toEqual(before.map((epoch) => epoch + 1));
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
});
