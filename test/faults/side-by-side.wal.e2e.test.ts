import type { PostgresServer } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { startOwnPostgres } from '../support/own-servers.ts';
import { waitFor } from '../support/wait.ts';
import { shop } from './harness/shop.ts';
import { theSlot } from './harness/slots.ts';

// Nobody else may write into its log: a server of this file's own.
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startOwnPostgres();
});
afterAll(() => postgres.stop());

test('of two commits side by side in the log, the second arrives after a kill when only the first was acknowledged', async () => {
  await using site = await Deployment.start({ ...shop(), servers: { postgres: postgres.url } });
  const { database } = site;
  const insertPosition = async () => {
    const [row] = await database.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    return row?.lsn;
  };
  const second = await database.connect();
  let sideBySide = false;
  for (let round = 1; round <= 10 && !sideBySide; round += 1) {
    // What the second one writes stands before the first one's commit: only its commit comes after.
    await second.query(`BEGIN; UPDATE customers SET name = 'second ${round}' WHERE id = 2`);
    await database.query(`UPDATE customers SET name = 'first ${round}' WHERE id = 1`);
    const end = await insertPosition();
    const { confirmed } = await waitFor(
      async () => {
        const slot = await theSlot(database);
        const [row] = await database.query<{ reached: boolean }>(
          'SELECT $1::pg_lsn >= $2::pg_lsn AS reached',
          [slot.confirmed, end],
        );
        return row?.reached === true ? slot : null;
      },
      { what: 'the first to be acknowledged' },
    );
    site.process.signal('SIGSTOP');
    // The server logs something of its own now and then: another round.
    sideBySide = confirmed === end && (await insertPosition()) === end;
    await second.query('COMMIT');
    await site.process.kill();
    await site.start();
    await site.converged();
  }
  expect(sideBySide, 'in one of the rounds nothing came between the two commits').toBe(true);
});
