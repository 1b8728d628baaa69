import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { outboxSchema } from '../faults/harness/capture-state.ts';
import { shop } from '../faults/harness/shop.ts';
import { unseen } from '../faults/harness/unseen.ts';
import { waitFor } from '../support/wait.ts';

test('an outbox that is dropped while a start looks at it is made again, and what it held is reconciled', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'triggers' });
  const { database } = site;
  await site.process.stop();
  const dropping = await database.connect();
  // Still there for whoever reads the catalog, and locked.
  await dropping.query(`BEGIN; DROP SCHEMA ${await outboxSchema(database)} CASCADE; ${unseen}`);
  const process = site.run();
  await waitFor(
    async () => {
      const [row] = await database.query<{ waits: boolean }>(
        `SELECT count(*) > 0 AS waits FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'sluice capture' AND wait_event_type = 'Lock'`,
      );
      return row?.waits;
    },
    { what: 'the start to wait for the outbox' },
  );
  await dropping.query('COMMIT');
  await process.untilLive();
  await site.converged();
  expect(process.log).toContain('SLUICE_CAPTURE_LOST');
});
