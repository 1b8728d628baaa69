import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { outboxSchema } from './harness/capture-state.ts';
import { expectOnlyReads } from './harness/only-reads.ts';
import { shop } from './harness/shop.ts';
import { unseen } from './harness/unseen.ts';
import { startWorkload } from './harness/workload.ts';

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
    expect(output + log).toContain('AUTHORIZATION');
  }
  const printed = await site.command('provision', '--print');
  const administrator = await database.connect();
  await administrator.query(printed.output);
  expect(await site.command('provision', '--print')).toMatchObject({ code: 0 });
  await using workload = startWorkload(database.url);
  await site.start({ args: ['--no-provision'] });
  await workload.until(50);
  await workload.stop();
  await site.converged();
  await expectOnlyReads(database, role);
  await site.process.stop();
  const removed = await site.command('provision', '--remove');
  expect(removed.code, `it said:\n${removed.log}`).toBe(0);
  expect(
    await database.query("SELECT FROM pg_trigger WHERE tgname LIKE 'sluice%' AND NOT tgisinternal"),
  ).toEqual([]);
  await database.query(`DROP OWNED BY ${role.name}`);
});

test('triggers that were dropped, and an outbox that is gone, while Sluice is stopped: mended, and reconciled', async () => {
  await using site = await Deployment.start(shop());
  const { database } = site;
  await site.process.stop();
  const schema = await outboxSchema(database);
  await database.query(
    `DROP TRIGGER ${schema}_row ON customers; ALTER TABLE orders DISABLE TRIGGER ALL; ${unseen}`,
  );
  await site.start();
  await site.converged();
  await site.process.stop();
  await database.query(`DROP FUNCTION ${schema}.cap_1() CASCADE`);
  await database.query(`DROP SCHEMA ${schema} CASCADE; DELETE FROM customers WHERE id BETWEEN 80 AND 90`);
  const process = await site.start();
  expect(process.log).toContain('SLUICE_CAPTURE_LOST');
  await site.converged();
});

test('triggers that are dropped while Sluice runs: mended, and reconciled', async () => {
  await using site = await Deployment.start(shop());
  const { database } = site;
  const schema = await outboxSchema(database);
  await using workload = startWorkload(database.url);
  await workload.until(20);
  await database.query(`DROP TRIGGER ${schema}_row ON customers; ${unseen}`);
  await workload.until(20);
  await database.query(`ALTER TABLE orders DISABLE TRIGGER ALL`);
  await workload.until(20);
  await workload.stop();
  await site.converged();
  expect(site.process.ending).toBeNull();
});
