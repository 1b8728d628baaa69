import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnPostgres } from '../../../test/support/own-servers.ts';
import { createDatabase } from '../../../test/support/postgres.ts';
import { postgresPackage } from '../../../test/support/postgres-package.ts';
import { makeCapture, never, requirements, table } from '../test/harness.ts';

let server: PostgresServer;
beforeAll(async () => {
  const embeddedPackage = await postgresPackage('14', process.env, (line) =>
    process.stderr.write(`${line}\n`),
  );
  server = await startOwnPostgres({
    embeddedPackage,
    origins: ['embedded'],
    settings: { wal_level: 'logical' },
  });
});
afterAll(() => server.stop());

test('a server that is too old for the log is told so, whatever its catalogs lack', async () => {
  await using database = await createDatabase(server.url);
  await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
  const { capture } = makeCapture(database);
  const needs = requirements(table('orders', ['id']));
  const tooOld = /PostgreSQL 14\.\d+.*needs 15 or newer/;
  const report = await capture.inspect(needs);
  expect(report.mechanism).toBe('absent');
  expect(report.problems).toMatchObject([{ code: 'SLUICE_SOURCE_UNSUPPORTED', fixable: false }]);
  expect(report.problems[0]?.message).toMatch(tooOld);
  await expect(capture.provision(needs, { signal: never })).rejects.toThrow(tooOld);
  await capture.close();
});
