import type { Change } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { brief, Consumer, follow, makeCapture, never, requirements, table } from '../../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function required(name: string) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, n int)`);
  return requirements(table(name, ['id'], ['id'], ['n']));
}

test('a row of a table that was registered while a look was under way is delivered', async () => {
  const needs = await required('late');
  const { consumer, stop } = await follow(database, needs, { schema: 'c_late', watch_interval: '50ms' });
  // Keeps a look from its end once it has read the registry.
  const holder = await database.connect();
  await holder.query('BEGIN; LOCK TABLE pg_inherits IN ACCESS EXCLUSIVE MODE');
  try {
    const waiting = async () =>
      (
        await database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sluice capture' AND wait_event_type = 'Lock' AND query ~ 'pg_inherits'",
        )
      ).length;
    await waitFor(async () => (await waiting()) > 0, { what: 'a look to wait' });
    await database.query(`
      BEGIN;
      UPDATE c_late.source SET state = 'retired';
      INSERT INTO c_late.source (src, rel, label, function, mode, columns, watched, body_md5, lineage)
        SELECT 9, rel, label, function, mode, columns, watched, body_md5, lineage FROM c_late.source;
      INSERT INTO c_late.outbox (src, op, rows) VALUES (9, 'i', '[["7"]]');
      COMMIT`);
    // Whoever claimed the row asks what its number stands for, beside the look.
    await waitFor(async () => (await waiting()) > 1, { what: 'the row to be claimed' });
  } finally {
    await holder.query('ROLLBACK');
  }
  await consumer.caughtUp();
  expect(brief(consumer.changes)).toContain('insert 7');
  await stop();
});

test('the lease is kept while the first look waits for a writer', async () => {
  const needs = await required('opening');
  const { capture } = makeCapture(database, { schema: 'c_opening', lease: '1s' });
  await capture.provision(needs, { signal: never });
  await database.query("UPDATE c_opening.source SET unsettled = 'resync'");
  const writer = await database.connect();
  await writer.query('BEGIN; INSERT INTO opening VALUES (1)');
  const consumer = new Consumer(capture, needs);
  const renewals = new Set<string>();
  await waitFor(
    async () => {
      const [lease] = await database.query<{ expires: string }>(
        "SELECT expires::text AS expires FROM c_opening.lease WHERE expires <> '-infinity'",
      );
      if (lease !== undefined) renewals.add(lease.expires);
      return renewals.size > 2;
    },
    { what: 'the lease to be renewed', deadlineMs: 10_000 },
  );
  expect(consumer.batches).toEqual([]);
  await writer.query('COMMIT');
  await consumer.until('the resync', (changes) => brief(changes).includes('resync'));
  await consumer.stop();
  await capture.close();
});

test('an outbox that was emptied by hand, and draws its ids anew, is read again, and every table resynced', async () => {
  const needs = await required('emptied');
  const { consumer, changesOf, stop } = await follow(database, needs, {
    schema: 'c_emptied',
    watch_interval: '200ms',
  });
  await changesOf(() => database.query('INSERT INTO emptied SELECT g, 0 FROM generate_series(1, 50) g'));
  // Until nothing is looked for below what was deleted.
  const start = performance.now();
  await waitFor(
    async () => {
      await changesOf(() => database.query('UPDATE emptied SET n = n + 1 WHERE id = 1'));
      return performance.now() - start > 2000;
    },
    { what: 'the mark to move' },
  );
  const before = consumer.changes.length;
  // TRUNCATE locks the outbox and then its sequence, a deletion the other way round.
  await waitFor(async () => (await database.query('SELECT FROM c_emptied.outbox')).length === 0, {
    what: 'deletions to be done',
  });
  await database.query('TRUNCATE c_emptied.outbox RESTART IDENTITY; INSERT INTO emptied VALUES (60, 0)');
  const later = (all: readonly Change[]) => new Set(brief(all.slice(before)));
  // Both that it was emptied and that ids were set back is noticed, so the resync may come twice.
  const changes = await consumer.until('the resync', (all) => later(all).size > 1);
  expect([...later(changes)].sort()).toEqual(['insert 60', 'resync']);
  expect(brief(await changesOf(() => database.query('INSERT INTO emptied VALUES (61, 0)')))).toContain(
    'insert 61',
  );
  await stop();
});
