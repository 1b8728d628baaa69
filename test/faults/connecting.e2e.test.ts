import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureUnderTest } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startOwnPostgres({ tls: 'on' });
});
afterAll(() => postgres.stop());

async function createSite(): Promise<Deployment> {
  return Deployment.create({ ...shop({ customers: 20 }), servers: { postgres: postgres.url } });
}

/** Fills, follows one change, and ends by itself. */
async function works(site: Deployment): Promise<void> {
  const process = await site.start();
  await site.converged();
  await site.database.query("UPDATE customers SET name = 'changed' WHERE id = 1");
  await site.converged();
  const { code } = await process.stop();
  expect(code).toBe(143);
}

/** How `sluice run` ends that cannot begin. */
async function refused(site: Deployment): Promise<{ readonly code: number | null; readonly log: string }> {
  const { code, log } = await site.run().untilEnded();
  return { code, log };
}

describe('a password with every character that means something in a URL', () => {
  const password = "p%40: @/?#&'+ é%";

  test.each(['as a URL', 'in parts'])('is understood %s, on both connections', async (form) => {
    await using site = await createSite();
    const { database } = site;
    const role = await database.createRole('SUPERUSER');
    await database.query(`ALTER ROLE ${role.name} PASSWORD '${password.replaceAll("'", "''")}'`);
    const { hostname: host, port } = new URL(database.url);
    const secret = encodeURIComponent(password);
    await site.reconfigure({
      connection:
        form === 'as a URL'
          ? `postgres://${role.name}:${secret}@${host}:${port}/${database.name}`
          : { host, port: Number(port), user: role.name, password, database: database.name },
    });
    await works(site);
    expect(site.process.log).not.toContain(password);
    expect(site.process.log).not.toContain(secret);
  });
});

describe('TLS to Postgres', () => {
  async function trusting(site: Deployment, parameters: Readonly<Record<string, string>>): Promise<void> {
    const url = new URL(site.database.url);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    site.environment['DATABASE_URL'] = url.href;
  }

  /** The connection by which a capture hears of changes, beside those that ask. */
  const tells = {
    wal: ({ kind }: { readonly kind: string }) => kind === 'walsender',
    triggers: ({ name }: { readonly name: string }) => name === 'sluice wake',
  } as const;

  test.each([
    ['require', {}],
    ['verify-full', { sslrootcert: 'ca.pem' }],
  ])('%s: every connection is encrypted', async (sslmode, more) => {
    await using site = await createSite();
    await writeFile(join(site.directory, 'ca.pem'), postgres.certificate ?? '');
    await trusting(site, { sslmode, ...more });
    const process = await site.start();
    const sessions = () =>
      site.database.query<{ kind: string; name: string; encrypted: boolean }>(
        `SELECT backend_type AS kind, application_name AS name, ssl AS encrypted
         FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
         WHERE datname = current_database() AND application_name LIKE 'sluice%'`,
      );
    await waitFor(async () => (await sessions()).some(tells[captureUnderTest()]), {
      what: 'the connection that tells of changes',
    });
    const seen = await sessions();
    expect(seen.map(({ kind }) => kind)).toContain('client backend');
    expect(seen.filter(({ encrypted }) => !encrypted)).toEqual([]);
    await site.converged();
    await process.stop();
  });

  test('another authority is refused, and the error says what to look at', async () => {
    await using site = await createSite();
    const other = await startOwnPostgres({ tls: 'on' });
    await other.stop();
    await writeFile(join(site.directory, 'other.pem'), other.certificate ?? '');
    await trusting(site, { sslmode: 'verify-full', sslrootcert: 'other.pem' });
    const { code, log } = await refused(site);
    expect(code).toBe(3);
    expect(log).toMatch(/SLUICE_SOURCE_REFUSED/);
    expect(log).toMatch(/certificate/i);
    expect(log).toMatch(/sslrootcert/);
  });
});

describe('a connection that cannot be made says what to do', () => {
  test.each<readonly [string, (url: URL) => void, RegExp]>([
    [
      'the password is wrong',
      (url) => url.searchParams.set('password', 'wrong'),
      /Check the user and password/,
    ],
    [
      'the role does not exist',
      (url) => url.searchParams.set('user', 'nobody_here'),
      /Check the user and password/,
    ],
    [
      'the database does not exist',
      (url) => url.searchParams.set('dbname', 'nothing_here'),
      /Check the name of the database/,
    ],
    [
      'the CA file does not exist',
      (url) => {
        url.search = '?sslmode=verify-full&sslrootcert=nowhere.pem';
      },
      /sslrootcert file .*nowhere\.pem cannot be read/,
    ],
    [
      'a parameter is unknown',
      (url) => url.searchParams.set('sslmoed', 'require'),
      /unknown parameter "sslmoed"/,
    ],
  ])('%s', async (_name, spoil, says) => {
    await using site = await createSite();
    const url = new URL(site.database.url);
    spoil(url);
    site.environment['DATABASE_URL'] = url.href;
    const { code, log } = await refused(site);
    expect(code, `it said:\n${log}`).toBeGreaterThanOrEqual(2);
    expect(log).toMatch(says);
    expect(log).not.toContain(url.password);
  });
});
