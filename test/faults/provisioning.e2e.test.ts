import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';
import { slots, theSlot } from './harness/slots.ts';
import { startWorkload } from './harness/workload.ts';

/** Every kind of change that a capture could miss. */
const unseen = `
  UPDATE customers SET name = 'unseen' WHERE id <= 20;
  UPDATE orders SET customer_id = customer_id + 1 WHERE customer_id BETWEEN 30 AND 40;
  DELETE FROM orders WHERE customer_id = 50;
  DELETE FROM customers WHERE id BETWEEN 60 AND 70;
  INSERT INTO customers (name) SELECT 'new' FROM generate_series(1, 5);
  INSERT INTO orders (customer_id, total) SELECT 80, 1 FROM generate_series(1, 5)`;

test('a role that may only read is told the SQL; once a superuser ran just that, it works and follows', async () => {
  await using site = await Deployment.create(shop());
  const { database } = site;
  const role = await database.createRole();
  await database.query(`GRANT SELECT ON customers, orders, harness.marker TO ${role.name};
    GRANT USAGE ON SCHEMA harness TO ${role.name}`);
  site.environment['DATABASE_URL'] = role.url;
  for (const command of ['run', 'check']) {
    const { code, output, log } = await site.command(command);
    expect(code, `it said:\n${log}`).toBe(3);
    expect(output + log).toMatch(/CREATE PUBLICATION/);
    expect(output + log).toMatch(/REPLICATION/);
  }
  const printed = await site.command('provision', '--print');
  expect(printed.code).toBe(3);
  const administrator = await database.connect();
  for (const statement of statementsOf(printed.output)) await administrator.query(statement);
  expect(await site.command('provision', '--print')).toMatchObject({ code: 0 });
  await using workload = startWorkload(database.url);
  await site.start({ args: ['--no-provision'] });
  await workload.until(50);
  await workload.stop();
  await site.converged();
});

test('a role that may not read is told for each table what to grant', async () => {
  await using site = await Deployment.create(shop());
  const role = await site.database.createRole();
  site.environment['DATABASE_URL'] = role.url;
  for (const command of ['run', 'check']) {
    const { code, output, log } = await site.command(command);
    expect(code).toBe(3);
    const grant = /GRANT SELECT ON (.*) TO "(.*)"/.exec(output + log);
    expect(grant?.[2]).toBe(role.name);
    for (const table of ['customers', 'orders', 'marker']) expect(grant?.[1]).toContain(`"${table}"`);
  }
});

test('after provision --remove nothing of Sluice is left in the source, and a run makes it again and reconciles', async () => {
  await using site = await Deployment.start(shop());
  const { database } = site;
  const leftovers = () =>
    database.query(`
      SELECT 'publication' AS what, pubname::text AS name FROM pg_publication
      UNION ALL SELECT 'slot', slot_name FROM pg_replication_slots WHERE database = current_database()
      UNION ALL SELECT 'identity', relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relreplident <> 'd'
      UNION ALL SELECT 'index', relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'i' AND relname ~ 'sluice'`);
  expect((await leftovers()).map(({ what }) => what)).toEqual(
    expect.arrayContaining(['publication', 'slot', 'identity']),
  );
  await site.process.stop();
  const removed = await site.command('provision', '--remove');
  expect(removed.code, `it said:\n${removed.log}`).toBe(0);
  expect(await leftovers()).toEqual([]);
  await database.query(unseen);
  const process = await site.start();
  expect(process.log).toContain('missed changes and is reconciled');
  await site.converged();
});

test('a slot that is dropped while Sluice is stopped: said loudly, made again, reconciled', async () => {
  await using site = await Deployment.start(shop());
  await site.process.stop();
  await dropSlot(site);
  await site.database.query(unseen);
  const process = await site.start();
  expect(process.log).toContain('SLUICE_CAPTURE_LOST');
  await site.converged();
  expect(await theSlot(site.database)).toMatchObject({ active: true, status: 'reserved' });
});

test('a slot that is dropped while Sluice runs: said loudly, made again, reconciled', async () => {
  await using site = await Deployment.start(shop());
  await using workload = startWorkload(site.database.url);
  await workload.until(20);
  await dropSlot(site);
  await site.database.query(unseen);
  await workload.until(20);
  await workload.stop();
  await site.converged({ deadlineMs: 40_000 });
  expect(site.process.log).toContain('SLUICE_CAPTURE_LOST');
  expect(site.process.ending).toBeNull();
});

test.each(['runs', 'is stopped'])(
  'a table taken out of the publication by hand while Sluice %s is followed again and reconciled',
  async (when) => {
    await using site = await Deployment.start(shop());
    if (when === 'is stopped') await site.process.stop();
    const { name } = await theSlot(site.database);
    for (const table of ['orders', 'customers']) {
      await site.database.query(`ALTER PUBLICATION ${name} DROP TABLE ${table}; ${unseen}`);
      if (when === 'is stopped') await site.start();
      await site.converged();
      const published = await site.database.query<{ tablename: string }>(
        'SELECT tablename FROM pg_publication_tables WHERE pubname = $1',
        [name],
      );
      expect(published.map(({ tablename }) => tablename)).toContain(table);
      if (when === 'is stopped') await site.process.stop();
    }
  },
);

test('a publication dropped by hand while Sluice runs is made again, and what it did not tell is reconciled', async () => {
  await using site = await Deployment.start(shop());
  const { name } = await theSlot(site.database);
  await site.database.query(`DROP PUBLICATION ${name}; ${unseen}`);
  await site.converged({ deadlineMs: 40_000 });
  expect(site.process.ending).toBeNull();
  expect(site.process.log).toContain('reconcile');
});

async function deletePhysicalIndex(site: Deployment, index: string): Promise<void> {
  const { client, prefix } = site.search;
  const { body } = await client.indices.get({ index: `${prefix}${index}_*` });
  await client.indices.delete({ index: Object.keys(body) });
}

test('a physical index deleted by hand while Sluice is stopped is built again', async () => {
  await using site = await Deployment.start(shop());
  await site.process.stop();
  await deletePhysicalIndex(site, 'customers');
  await site.database.query(unseen);
  const process = await site.start();
  expect(process.log).toMatch(/the physical index of customers_\w+ is gone/);
  await site.converged();
});

test('a physical index deleted by hand while Sluice runs ends the run, and the next one builds it again', async () => {
  await using site = await Deployment.start(shop());
  await deletePhysicalIndex(site, 'customers');
  await site.database.query(unseen);
  const { code, log } = await site.process.untilEnded();
  expect(code).toBe(3);
  expect(log).toMatch(/is gone/);
  expect(log).toMatch(/A restart makes it again/);
  await site.start();
  await site.converged();
});

/** Drops the slot in the moment that nobody has it. */
async function dropSlot(site: Deployment): Promise<void> {
  const { database } = site;
  await waitFor(
    async () => {
      await database.query(`
        SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE database = current_database() AND active_pid IS NOT NULL`);
      await database.query(`
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE database = current_database() AND active_pid IS NULL`);
      const left = await slots(database);
      return left.length === 0;
    },
    { what: 'the slot to be dropped', intervalMs: 1 },
  );
}

/** As psql runs a script: one statement after the other. */
function statementsOf(script: string): readonly string[] {
  return script
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
