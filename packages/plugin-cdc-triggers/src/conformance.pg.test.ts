import { postgresCapture } from '@sluice/core/conformance';
import { describeCapture } from '@sluice/core/testkit';
import { afterAll, beforeAll } from 'vitest';
import { connectTo, createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import plugin from './index.ts';
import { triggerOptions } from './options.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

for (const mode of ['row', 'statement'] as const) {
  describeCapture(
    `triggers by ${mode}`,
    postgresCapture({
      url: () => database.url,
      connect: connectTo,
      create: (context, schema) =>
        plugin.create(
          context,
          triggerOptions.parse({ schema, mode, lease: '1s', poll_interval: '20ms', watch_interval: '200ms' }),
        ),
      async remains(session, schema) {
        const { rows } = await session.query(
          `SELECT 'schema' AS what FROM pg_namespace WHERE nspname = $1
           UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
           WHERE f.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)`,
          [schema],
        );
        return rows.map(({ what }) => String(what));
      },
      async lose(session, schema) {
        await session.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      },
    }),
  );
}
