import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { shop } from '../faults/harness/shop.ts';
import { theSlot } from '../faults/harness/slots.ts';
import { startWorkload } from '../faults/harness/workload.ts';
import { waitFor } from '../support/wait.ts';

/** Every kind of change that a capture could miss. */
const unseen = `
  UPDATE customers SET name = 'unseen' WHERE id <= 20;
  UPDATE orders SET customer_id = customer_id + 1 WHERE customer_id BETWEEN 30 AND 40;
  UPDATE orders SET total = 99 WHERE customer_id BETWEEN 41 AND 45;
  DELETE FROM orders WHERE customer_id = 50;
  DELETE FROM customers WHERE id BETWEEN 60 AND 70;
  INSERT INTO customers (name) SELECT 'new' FROM generate_series(1, 5);
  INSERT INTO orders (customer_id, total) SELECT 80, 1 FROM generate_series(1, 5)`;

const seen = `
  UPDATE customers SET name = 'seen' WHERE id = 90;
  DELETE FROM orders WHERE customer_id = 91`;

test.each(['orders', 'customers'])(
  'what changed in %s while it was out of the publication is not lost because `sluice provision` put it back before the run',
  async (table) => {
    await using site = await Deployment.start(shop());
    const { database } = site;
    await site.process.stop();
    const { name } = await theSlot(database);
    await database.query(`ALTER PUBLICATION ${name} DROP TABLE ${table}`);
    await database.query(unseen);
    expectEnded(await site.command('provision'), 0);
    await database.query(seen);
    await site.start();
    await site.converged();
  },
);

test.each(['orders', 'customers'])(
  'a role that may not publish: what changed in %s while it was out of the publication comes after a DBA put it back',
  async (table) => {
    await using site = await Deployment.start(shop());
    const { database } = site;
    await site.process.stop();
    const role = await database.createRole('REPLICATION');
    await database.query(`GRANT SELECT ON customers, orders, harness.marker TO ${role.name};
      GRANT USAGE ON SCHEMA harness TO ${role.name}`);
    const { name } = await theSlot(database);
    await database.query(`ALTER PUBLICATION ${name} DROP TABLE ${table}`);
    await database.query(unseen);
    site.environment['DATABASE_URL'] = role.url;
    const ending = await site.run().untilEnded();
    expectEnded(ending, 3);
    expect(ending.log).toContain('SLUICE_CAPTURE_NOT_PROVISIONED');
    const printed = await site.command('provision', '--print');
    expect(printed.output).toMatch(new RegExp(`ALTER PUBLICATION .*${table}`));

    await database.query(printed.output);
    await database.query(seen);
    await site.start();
    await site.converged();
  },
);

test('a publication dropped while Sluice is stopped, and rows changed before and after: made again and reconciled', async () => {
  await using site = await Deployment.start(shop());
  await site.process.stop();
  const { name } = await theSlot(site.database);
  await site.database.query(seen);
  await site.database.query(`DROP PUBLICATION ${name}`);
  await site.database.query(unseen);
  await site.start();
  await site.converged();
  await site.database.query("UPDATE customers SET name = 'after' WHERE id = 1");
  await site.converged();
  expect(await theSlot(site.database)).toMatchObject({ active: true });
});

test('a publication dropped while Sluice follows a workload: at the latest the next start makes it again and reconciles', async () => {
  await using site = await Deployment.start(shop());
  await using workload = startWorkload(site.database.url);
  await workload.until(20);
  const { name } = await theSlot(site.database);
  await site.database.query(`DROP PUBLICATION ${name}`);
  await workload.until(50);
  await site.database.query(unseen);
  await waitFor(
    async () => {
      if (site.process.ending !== null) await site.start();
      const [found] = await site.database.query('SELECT FROM pg_publication WHERE pubname = $1', [name]);
      return found !== undefined;
    },
    { what: 'the publication to be made again' },
  );
  await workload.until(20);
  await workload.stop();
  await site.converged();
  expect(await theSlot(site.database)).toMatchObject({ active: true });
});
