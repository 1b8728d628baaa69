import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOwnPostgres } from '../../../test/support/own-servers.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { bindYaml, openDocuments } from '../test/documents.ts';

// Its history begins anew here: a server of this file's own, whose files are at hand.
let server: PostgresServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await startOwnPostgres({ origins: ['embedded'] });
  database = await createDatabase(server.url);
});

afterAll(async () => {
  await server.stop();
});

/** Makes the server a standby, as a primary that came back after a failover. */
async function demote(): Promise<void> {
  const [row] = await database.query<{ data_directory: string }>('SHOW data_directory');
  await writeFile(join(row?.data_directory ?? '', 'standby.signal'), '');
  await server.restart();
}

/** Ends recovery: on a new timeline. */
async function promote(): Promise<void> {
  await database.query('SELECT pg_promote()');
  await waitFor(async () => (await database.query('SELECT WHERE NOT pg_is_in_recovery()')).length === 1, {
    what: 'the standby to be promoted',
  });
}

it('only the start of a session takes up a new timeline: until then every answer from it is refused', async () => {
  await using builder = openDocuments(database.url);
  await database.query('CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1)');
  const plan = await bindYaml(builder, 'table: kept\nfields:\n  - integer: id\n');
  const build = () => builder.build(plan, [{ key: ['1'], id: '1', routing: null }]);
  const before = await builder.source();
  expect(await builder.version()).toBeGreaterThanOrEqual(before.version);
  await build();

  await demote();
  await expect
    .poll(() => builder.source().catch((error: unknown) => error))
    .toMatchObject({
      code: 'SLUICE_SOURCE_UNAVAILABLE',
      message: expect.stringContaining('is a standby now'),
    });
  await promote();
  for (const ask of [build, () => builder.version(), () => builder.version(), build]) {
    await expect
      .poll(() => ask().catch((error: unknown) => error))
      .toMatchObject({
        code: 'SLUICE_SOURCE_HISTORY_CHANGED',
      });
  }
  expect((await builder.source()).timeline).not.toBe(before.timeline);
  expect(await build()).toMatchObject([{ body: '{"id":1}' }]);
  expect(await builder.version()).toBeGreaterThan(0n);
});

it('a standby that was configured as the source is refused, with the way out', async () => {
  await demote();
  await using builder = openDocuments(database.url);
  await expect(builder.source()).rejects.toMatchObject({
    code: 'SLUICE_SOURCE_UNSUPPORTED',
    message: expect.stringContaining('is a standby'),
    hint: expect.stringContaining('Connect to the primary'),
  });
  await promote();
  await expect(builder.source()).resolves.toMatchObject({ database: database.name });
});
