import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectOnlyReads } from './harness/only-reads.ts';
import { shop } from './harness/shop.ts';
import { theSlot } from './harness/slots.ts';
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
  await expectOnlyReads(database, role);
});

test('a publication dropped by hand while Sluice runs is made again, and what it did not tell is reconciled', async () => {
  await using site = await Deployment.start(shop());
  const { name } = await theSlot(site.database);
  await site.database.query(`DROP PUBLICATION ${name}; ${unseen}`);
  await site.converged();
  expect(site.process.ending).toBeNull();
  expect(site.process.log).toContain('reconcile');
});

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
