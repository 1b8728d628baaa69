import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mechanism } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import type { TestRole } from '../support/postgres.ts';
import { mechanisms, onlyHas, scans } from './harness/mechanisms.ts';
import { shop } from './harness/shop.ts';

let withoutLogical: PostgresServer;
beforeAll(async () => {
  withoutLogical = await startOwnPostgres({ settings: { wal_level: 'replica' } });
});
afterAll(() => withoutLogical.stop());

const takes = (name: Mechanism) => `capture: auto takes ${name}`;

/** A role that owns the tables, and whatever else `attributes` give it. */
async function asOwner(site: Deployment, attributes: string): Promise<TestRole> {
  const { database } = site;
  const role = await database.createRole(attributes);
  await database.query(`
    GRANT CREATE ON DATABASE ${database.name} TO ${role.name};
    GRANT USAGE, CREATE ON SCHEMA public, harness TO ${role.name};
    ALTER TABLE customers OWNER TO ${role.name};
    ALTER TABLE orders OWNER TO ${role.name};
    ALTER TABLE harness.marker OWNER TO ${role.name}`);
  site.environment['DATABASE_URL'] = role.url;
  return role;
}

/** What the role owns goes before the role itself. */
async function dropOwned({ database }: Deployment, { name }: TestRole): Promise<void> {
  await database.query(`DROP OWNED BY ${name} CASCADE`);
}

test('where the server logs too little it takes triggers, says why, and every command goes along', async () => {
  await using site = await Deployment.create({
    ...shop(),
    capture: 'auto',
    servers: { postgres: withoutLogical.url },
  });
  const checked = await site.command('check');
  expectEnded(checked, 0);
  expect(checked.output).toContain("Capture: auto takes triggers: wal: The server's wal_level is replica");
  const printed = await site.command('provision', '--print');
  expect(printed.output).toMatch(/CREATE OR REPLACE TRIGGER/);
  expect(printed.output).not.toMatch(/PUBLICATION/);
  expect((await site.command('provision')).code).toBe(0);
  expect(await mechanisms(site)).toEqual(['triggers']);
  const process = await site.start();
  expect(process.log).toContain(takes('triggers'));
  await site.database.query("UPDATE customers SET name = 'followed' WHERE id <= 10");
  await site.converged();
  await process.stop();
  expect((await site.command('preview', 'customers', '1')).output).toContain('followed');

  expect((await site.command('build')).code).toBe(0);
  expect(await readFile(join(site.directory, 'sluice.lock'), 'utf8')).toContain('plugin: auto');
  await site.database.query("UPDATE customers SET name = 'locked' WHERE id <= 10");
  const locked = await site.runOnce({
    args: ['--keep-capture', '--lock', join(site.directory, 'sluice.lock')],
  });
  expectEnded(locked, 0);
  await site.converged();
  const removed = await site.command('provision', '--remove');
  expectEnded(removed, 0);
  expect(await mechanisms(site)).toEqual([]);
});

test('where the role may make neither, every command says what is in the way of each, and --print has the SQL for triggers', async () => {
  await using site = await Deployment.create({
    ...shop(),
    capture: 'auto',
    servers: { postgres: withoutLogical.url },
  });
  const { database } = site;
  const role = await database.createRole();
  await database.query(`
    GRANT USAGE ON SCHEMA harness TO ${role.name};
    GRANT SELECT ON ALL TABLES IN SCHEMA public, harness TO ${role.name}`);
  site.environment['DATABASE_URL'] = role.url;
  const printed = await site.command('provision', '--print');
  expectEnded(printed, 3);
  expect(printed.output).toMatch(/CREATE OR REPLACE TRIGGER/);
  expect(printed.log).toContain('the SQL is for triggers');
  const checked = await site.command('check');
  expectEnded(checked, 3);
  expect(checked.log).toMatch(/wal: The server's wal_level is replica[\s\S]*The SQL is for triggers/);
  await database.query(printed.output);
  expectEnded(await site.command('check'), 0);
  expectEnded(await site.runOnce({ args: ['--no-provision'] }), 0);
  await database.query(`DROP OWNED BY ${role.name} CASCADE`);
});

test('where the role may not replicate it takes triggers, and stays with them when it may later, until the log is named', async () => {
  await using site = await Deployment.create({ ...shop(), capture: 'auto' });
  const role = await asOwner(site, '');
  const first = await site.start();
  expect(first.log).toContain(`${takes('triggers')}: wal: The role ${role.name} may not replicate.`);
  await site.converged();
  await first.stop();

  await site.database.query(`ALTER ROLE ${role.name} REPLICATION`);
  const second = await site.start();
  expect(second.log).toContain(`${takes('triggers')}: the indexes follow it`);
  await site.database.query("UPDATE customers SET name = 'still' WHERE id <= 10");
  await site.converged();
  expect(await mechanisms(site)).toEqual(['triggers']);
  await second.stop();

  await site.reconfigure({ capture: 'wal' });
  const third = await site.start();
  await onlyHas(site, 'wal');
  await site.database.query("UPDATE customers SET name = 'log' WHERE id <= 10");
  await site.converged();
  expect([...scans(second), ...scans(third)]).toEqual([]);
  await third.stop();
  expect((await site.command('provision', '--remove')).code).toBe(0);
  await dropOwned(site, role);
});

test('a role that may no longer replicate: auto does not flip, and triggers that are named take over by a reconcile', async () => {
  await using site = await Deployment.create({ ...shop(), capture: 'auto' });
  const role = await asOwner(site, 'REPLICATION');
  const first = await site.start();
  expect(first.log).toContain(`${takes('wal')}: server, role and tables allow it`);
  await site.converged();
  await first.stop();
  await site.database.query(`
    ALTER ROLE ${role.name} NOREPLICATION;
    DELETE FROM customers WHERE id BETWEEN 20 AND 30`);

  const refused = await site.command('run');
  expect(refused.code).toBe(3);
  expect(refused.log).toContain('REPLICATION');
  expect(refused.log).toContain('name it: `capture: triggers`');

  await site.reconfigure({ capture: 'triggers' });
  const process = await site.start();
  expect(process.log).toContain('the indexes followed wal, which can no longer be read');
  await site.converged();
  await process.untilLogged(
    'what may not be removed',
    ({ msg, hint }) =>
      msg.includes('what wal had in the source is still there') &&
      String(hint).includes('pg_drop_replication_slot'),
  );
  expect(await mechanisms(site)).toEqual(['wal', 'triggers']);
  await process.stop();

  await site.database.query(`ALTER ROLE ${role.name} REPLICATION`);
  const again = await site.start();
  await onlyHas(site, 'triggers');
  expect(scans(again)).toEqual([]);
  await again.stop();
  await dropOwned(site, role);
});

test('without a sink that remembers it stays with what the source has', async () => {
  await using site = await Deployment.create({ ...shop(), capture: 'triggers', marker: 'none' });
  const config = join(site.directory, 'sluice.yaml');
  const rewrite = async (capture: string) => {
    const { sinks: _, indexes, ...rest } = JSON.parse(await readFile(config, 'utf8'));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(config, JSON.stringify({ ...rest, indexes, source: { ...rest.source, capture } }));
  };
  await rewrite('triggers');
  const first = await site.command('run', '--once', '--keep-capture');
  expectEnded(first, 0);
  await rewrite('auto');
  const second = await site.command('run', '--once', '--keep-capture');
  expectEnded(second, 0);
  expect(second.log).toContain(`${takes('triggers')}: the source has it already`);
  expect(await mechanisms(site)).toEqual(['triggers']);
  expect((await site.command('provision', '--remove')).code).toBe(0);
  expect(await mechanisms(site)).toEqual([]);
});
