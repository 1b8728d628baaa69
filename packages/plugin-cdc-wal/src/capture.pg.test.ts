import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

/** A fresh table and a capture that follows it. */
async function following(name: string, options: Record<string, unknown> = {}) {
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, ref int NOT NULL DEFAULT 0, body text)`);
  const required = requirements(table(name, ['id']));
  const slot = `s_${name}_${database.name}`.slice(0, 63);
  const { capture, log } = makeCapture(database, { slot, ...options });
  const report = await capture.provision(required, { signal: never });
  return {
    capture,
    required,
    report,
    slot,
    log,
    again: () => makeCapture(database, { slot, ...options }).capture,
  };
}

const ids = (consumer: Consumer) =>
  consumer.changes.map((change) => change.after?.['id'] ?? change.before?.['id']);

test('of two commits that touch in the log, the second comes after the first is acknowledged and all restarts', async () => {
  const { capture, required, again } = await following('back_to_back');
  const first = new Consumer(capture, required);
  const one = await database.connect();
  const two = await database.connect();
  // Until nothing of anybody else's stands between the two commit records.
  let next = 0;
  let kept = -1;
  await waitFor(
    async () => {
      next += 2;
      await one.query(`BEGIN; INSERT INTO back_to_back VALUES (${next})`);
      await two.query(`BEGIN; INSERT INTO back_to_back VALUES (${next + 1})`);
      await one.query('COMMIT');
      await first.until('the first', () => ids(first).includes(String(next)));
      const before = first.batches.length - 1;
      await two.query('COMMIT');
      await first.until('the second', () => ids(first).includes(String(next + 1)));
      const [a, b] = [first.batches[before], first.batches.at(-1)];
      kept = before;
      return distance(a?.position, b?.position) <= 64n;
    },
    { what: 'two commit records that touch', intervalMs: 0 },
  );
  capture.acknowledge(first.batches[kept]?.token);
  await first.stop();
  await capture.close();

  const restarted = again();
  const second = new Consumer(restarted, required);
  await second.until('a row', (changes) => changes.length > 0);
  expect(ids(second)).toEqual([String(next + 1)]);
  await second.stop();
  await restarted.close();
});

function distance(a: string | null | undefined, b: string | null | undefined): bigint {
  const offset = (lsn: string | null | undefined) => {
    const [high, low] = (lsn ?? '0/0').split('/');
    return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  };
  return offset(b) - offset(a);
}

test('a change is yielded at once, with its transaction and commit time, and not again once acknowledged', async () => {
  const { capture, required, report, again } = await following('at_once');
  expect(report.created).toBe(true);
  const first = new Consumer(capture, required);
  await first.caughtUp();
  const [row] = await database.query<{ xid: string }>(
    'INSERT INTO at_once VALUES (1) RETURNING pg_current_xact_id()::text AS xid',
  );
  await first.until('the row', (changes) => changes.length === 1);
  const batch = first.batches.find(({ changes }) => changes.length > 0);
  expect(batch?.transactions).toEqual([row?.xid]);
  expect(Math.abs((batch?.committedAt ?? 0) - Date.now())).toBeLessThan(5000);
  expect(batch?.position).not.toBeNull();
  first.acknowledgeAll();
  await first.stop();
  await capture.close();

  const restarted = again();
  expect(await restarted.acknowledged()).toBe(batch?.position);
  const second = new Consumer(restarted, required);
  await second.caughtUp();
  expect(second.changes).toEqual([]);
  await second.stop();
  await restarted.close();
});

test('a barrier covers what is visible and is reached on an idle stream within moments', async () => {
  const { capture, required } = await following('barriers');
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = performance.now();
    const position = await capture.barrier();
    await consumer.reaches(position);
    times.push(performance.now() - before);
  }
  expect(Math.min(...times)).toBeLessThan(100);
  expect(consumer.changes).toEqual([]);
  await database.query('INSERT INTO barriers VALUES (1)');
  await consumer.caughtUp();
  expect(ids(consumer)).toEqual(['1']);
  await consumer.stop();
  await capture.close();
});

test('while nobody reads the slot its health says for how long, and not how old a change is', async () => {
  const { capture, required, again } = await following('unread');
  const consumer = new Consumer(capture, required);
  await database.query('INSERT INTO unread VALUES (1)');
  await consumer.until('the row', (changes) => changes.length > 0);
  expect((await capture.health?.())?.details).not.toHaveProperty('unread_ms');
  await consumer.stop();
  await capture.close();

  const beside = again();
  const health = await waitFor(
    async () => {
      const found = await beside.health?.();
      return found?.heldBy === undefined ? found : null;
    },
    { what: 'the slot to be left' },
  );
  expect(health.details['unread_ms']).toBe(health.oldestAge);
  expect(health.oldestAge).toBeGreaterThanOrEqual(0);
  await beside.close();
});
