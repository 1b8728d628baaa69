import { postgresCapture } from '@sluice/core/conformance';
import { describeCapture } from '@sluice/core/testkit';
import { afterAll, beforeAll } from 'vitest';
import { connectTo, createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import plugin from './index.ts';
import { walOptions } from './options.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

describeCapture(
  'the log',
  postgresCapture({
    url: () => database.url,
    connect: connectTo,
    create: (context, slot) => plugin.create(context, walOptions.parse({ slot, poll_interval: '200ms' })),
    async remains(session, slot) {
      const { rows } = await session.query(
        `SELECT 'slot' AS what FROM pg_replication_slots WHERE slot_name = $1
         UNION ALL SELECT 'publication' FROM pg_publication WHERE pubname = $1`,
        [slot],
      );
      const identities = await session.query(
        `SELECT 'identity of ' || oid::regclass AS what FROM pg_class
         WHERE relnamespace::regnamespace::text LIKE '"Shop %' AND relkind = 'r' AND relreplident <> 'd'`,
      );
      return [...rows, ...identities.rows].map(({ what }) => String(what));
    },
    async lose(session, slot) {
      await session.query(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
        [slot],
      );
    },
  }),
);
