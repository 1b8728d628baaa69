import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { outboxSchema } from '../faults/harness/capture-state.ts';
import { shop } from '../faults/harness/shop.ts';
import { unseen } from '../faults/harness/unseen.ts';
import { waitFor } from '../support/wait.ts';

test('an outbox that loses its tables while a start looks at them is made again', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'triggers' });
  const { database } = site;
  await site.process.stop();
  const dropping = await database.connect();
  await database.query(unseen);
  // Still there for whoever reads the catalog, and locked; the tables of the application are not.
  await dropping.query(`BEGIN; DROP TABLE ${await outboxSchema(database)}.meta`);
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
