import { expect, test } from 'vitest';
import { captureUnderTest } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { shop } from './harness/shop.ts';

const missed = `
  DELETE FROM customers WHERE id BETWEEN 20 AND 30;
  DELETE FROM orders WHERE customer_id = 40;
  UPDATE orders SET customer_id = 51 WHERE customer_id = 50;
  UPDATE customers SET name = 'missed' WHERE id = 60`;

/** The log is everybody's on this server: its limit must be far above what others write in a moment. */
const limits = {
  ...(captureUnderTest() === 'wal'
    ? { warn_bytes: '32MiB', max_bytes: '64MiB' }
    : { warn_bytes: '20KiB', max_bytes: '64KiB' }),
  at_limit: 'release',
  release_after: '1s',
};

/** More than the limit. */
async function fill(site: Deployment): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    await site.database.query("UPDATE orders SET status = status || 'y'");
  }
  if (site.capture !== 'wal') return;
  await site.database.query(
    "SELECT count(pg_logical_emit_message(false, 'filler', repeat('x', 1000000))) FROM generate_series(1, 90)",
  );
}

/** Rows of the outbox; with the log whether there is a slot. */
async function waiting({ capture, database }: Deployment): Promise<number> {
  if (capture === 'wal') {
    const slots = await database.query(
      'SELECT FROM pg_replication_slots WHERE database = current_database()',
    );
    return slots.length;
  }
  const [row] = await database.query<{ schema: string }>(
    "SELECT schemaname AS schema FROM pg_tables WHERE tablename = 'outbox'",
  );
  return (await database.query(`SELECT FROM ${row?.schema}.outbox`)).length;
}

test('at its limit the source lets go, while a sink is down and where a run cannot begin, and every index is reconciled', async () => {
  await using site = await Deployment.create({ ...shop(), limits });
  await using proxy = await startProxy(site.search.url);
  site.environment['OPENSEARCH_URL'] = proxy.through(site.search.url);
  await site.start();
  await site.converged();
  await proxy.set('refuse');
  proxy.cut();
  await site.database.query(missed);
  await fill(site);
  await site.process.untilLogged(
    'the limit to be told',
    ({ code, msg }) => code === 'SLUICE_CAPTURE_BEHIND' && msg.includes('at its limit'),
  );
  await site.process.untilLogged('the source to let go', ({ code }) => code === 'SLUICE_CAPTURE_RELEASED');
  expect(await waiting(site)).toBeLessThan(20);
  await site.database.query(
    "UPDATE customers SET name = 'meanwhile' WHERE id = 61; DELETE FROM customers WHERE id = 62",
  );
  await proxy.set('forward');
  await site.converged();
  expect(site.process.ending).toBeNull();

  await site.process.kill();
  await proxy.set('refuse');
  await site.database.query('DELETE FROM customers WHERE id BETWEEN 70 AND 75');
  await fill(site);
  const process = site.run();
  await process.untilLogged('the source to let go', ({ code }) => code === 'SLUICE_CAPTURE_RELEASED');
  await proxy.set('forward');
  await site.converged();
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
});
