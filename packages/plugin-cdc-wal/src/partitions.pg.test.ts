import { isSluiceError } from '@sluice/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
  await database.query(`CREATE TABLE events (id int, day int, ref int NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)`);
});
afterEach(async () => {
  await database.drop();
});

const root = { schema: 'public', name: 'events' };
const required = requirements(table('events', ['id', 'day'], ['ref']));

async function started(options: Record<string, unknown> = { poll_interval: '100ms' }, url?: string) {
  const made = makeCapture(database, options, url);
  const consumer = new Consumer(made.capture, required);
  return { ...made, consumer };
}

async function provisioned(options?: Record<string, unknown>) {
  const { capture } = makeCapture(database);
  await capture.provision(required, { signal: never });
  await capture.close();
  const running = await started(options);
  await running.consumer.caughtUp();
  return running;
}

const resyncs = (consumer: Consumer) => consumer.changes.filter(({ operation }) => operation === 'resync');

test('changes of partitions come as changes of their root, moved rows with both links', async () => {
  const { consumer, capture } = await provisioned();
  await database.query(`INSERT INTO events VALUES (1, 1, 5); UPDATE events SET ref = 6;
    UPDATE events SET day = 11; DELETE FROM events_2`);
  await consumer.caughtUp();
  expect(consumer.changes.every((change) => change.table.name === 'events')).toBe(true);
  expect(consumer.changes.map(({ operation, before, after }) => [operation, before, after])).toEqual([
    ['insert', undefined, { id: '1', day: '1', ref: '5' }],
    ['update', { id: '1', day: '1', ref: '5' }, { id: '1', day: '1', ref: '6' }],
    // A row that moves to another partition leaves the one and enters the other.
    ['delete', { id: '1', day: '1', ref: '6' }, undefined],
    ['insert', undefined, { id: '1', day: '11', ref: '6' }],
    ['delete', { id: '1', day: '11', ref: '6' }, undefined],
  ]);
  await consumer.stop();
  await capture.close();
});

test('truncating the root empties it; truncating one leaf, whose other rows stay, is a resync', async () => {
  const { consumer, capture } = await provisioned();
  await database.query('INSERT INTO events VALUES (1, 1, 5), (2, 11, 5); TRUNCATE events_1');
  await consumer.caughtUp();
  expect(consumer.changes.slice(2)).toEqual([
    { table: root, operation: 'resync', reason: 'a partition was truncated' },
  ]);
  await database.query('TRUNCATE events');
  await consumer.caughtUp();
  expect(consumer.changes.slice(3)).toEqual([{ table: root, operation: 'truncate' }]);
  await consumer.stop();
  await capture.close();
});

test('attaching, detaching and dropping partitions lead to a resync each', async () => {
  const { consumer, capture } = await provisioned();
  await database.query(`CREATE TABLE events_3 (id int, day int, ref int NOT NULL, PRIMARY KEY (id, day));
    INSERT INTO events_3 VALUES (3, 21, 5)`);
  await consumer.caughtUp();
  expect(consumer.changes).toEqual([]);
  await database.query('ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM (20) TO (30)');
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  const afterAttach = resyncs(consumer).length;
  await database.query('ALTER TABLE events DETACH PARTITION events_3');
  await consumer.until('a resync', () => resyncs(consumer).length > afterAttach);
  const afterDetach = resyncs(consumer).length;
  await database.query('DROP TABLE events_2');
  await consumer.until('a resync', () => resyncs(consumer).length > afterDetach);
  expect(resyncs(consumer).every((change) => change.table.name === 'events')).toBe(true);
  await consumer.stop();
  await capture.close();
});

test('a new partition is followed from its first row, gets the identity it lacks, and is resynced', async () => {
  // No poll helps here: the first change of the unknown partition leads to it.
  const { consumer, capture } = await provisioned({ poll_interval: '1h' });
  await database.query(`CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30);
    INSERT INTO events VALUES (3, 21, 5)`);
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  await database.query('UPDATE events SET ref = 6 WHERE id = 3');
  await consumer.until('the update', (changes) => changes.some(({ operation }) => operation === 'update'));
  expect(consumer.changes.at(-1)).toEqual({
    table: root,
    operation: 'update',
    before: { id: '3', day: '21', ref: '5' },
    after: { id: '3', day: '21', ref: '6' },
  });
  expect(consumer.error).toBeUndefined();
  await consumer.stop();
  await capture.close();
});

test('what a partition logged before it had the identity is a resync, not a row without its link', async () => {
  await database.query('ALTER TABLE events DETACH PARTITION events_2');
  const before = await provisioned();
  await before.consumer.stop();
  await before.capture.close();
  await database.query(`INSERT INTO events_2 VALUES (1, 11, 5), (2, 12, 6);
    ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (10) TO (20)`);
  await database.query('DELETE FROM events WHERE id = 1');
  await database.query('UPDATE events SET id = 3 WHERE id = 2');
  // The partition gets the identity before anybody reads what it logged without.
  const { capture } = makeCapture(database);
  await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  const incomplete = consumer.changes.filter(
    ({ before: old }) => old !== undefined && old['ref'] === undefined,
  );
  expect(incomplete).toEqual([]);
  expect(resyncs(consumer).map(({ reason }) => reason)).toContain(
    'the log does not tell ref of a changed row',
  );
  await consumer.stop();
  await capture.close();
});

test('partitions that changed while nothing ran are resynced at the next start, until that is acknowledged', async () => {
  const { consumer, capture } = await provisioned();
  await consumer.stop();
  await capture.close();
  await database.query('DROP TABLE events_2');

  const first = await started();
  await first.consumer.until('a resync', () => resyncs(first.consumer).length > 0);
  // Not acknowledged: as if the process died.
  await first.consumer.stop();
  await first.capture.close();

  const second = await started();
  await second.consumer.until('the resync again', () => resyncs(second.consumer).length > 0);
  second.consumer.acknowledgeAll();
  await second.consumer.stop();
  await second.capture.close();

  const third = await started();
  await third.consumer.caughtUp();
  expect(third.consumer.changes).toEqual([]);
  await third.consumer.stop();
  await third.capture.close();
});

test('a resync that was yielded and not acknowledged comes again with the next stream of the same process', async () => {
  const { consumer, capture } = await provisioned();
  await database.query('DROP TABLE events_2');
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  await consumer.stop();

  const second = new Consumer(capture, required);
  await second.until('the resync again', () => resyncs(second).length > 0);
  // Too late: the stream that yielded it is over.
  consumer.acknowledgeAll();
  await second.stop();

  const third = new Consumer(capture, required);
  await third.until('the resync once more', () => resyncs(third).length > 0);
  third.acknowledgeAll();
  await third.stop();

  const fourth = new Consumer(capture, required);
  await fourth.caughtUp();
  expect(fourth.changes).toEqual([]);
  await fourth.stop();
  await capture.close();
});

test('a table that was dropped and made anew is resynced and followed', async () => {
  await database.query('CREATE TABLE plain (id int PRIMARY KEY)');
  const { capture } = makeCapture(database, { poll_interval: '100ms' });
  const wanted = requirements(table('plain', ['id']));
  await capture.provision(wanted, { signal: never });
  const consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  await database.query(
    'DROP TABLE plain; CREATE TABLE plain (id int PRIMARY KEY); INSERT INTO plain VALUES (1)',
  );
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  const [published] = await database.query(
    "SELECT tablename FROM pg_publication_tables WHERE tablename = 'plain'",
  );
  expect(published).toEqual({ tablename: 'plain' });
  await database.query('INSERT INTO plain VALUES (2)');
  await consumer.until('the row', (changes) => changes.some(({ after }) => after?.['id'] === '2'));
  await consumer.stop();
  await capture.close();
});

test('a leaf of a keyless root is never published without identity', async () => {
  await database.query(`CREATE TABLE logs (day int, ref int) PARTITION BY RANGE (day);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10)`);
  const wanted = requirements(table('logs', [], ['day', 'ref']));
  const { capture } = makeCapture(database, { poll_interval: '100ms' });
  await capture.provision(wanted, { signal: never });
  const consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  await database.query(`CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (20);
    INSERT INTO logs VALUES (1, 1), (11, 1); UPDATE logs SET ref = 2; DELETE FROM logs WHERE day = 12`);
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  await database.query('UPDATE logs SET ref = 3 WHERE day = 11');
  await consumer.until('the update', (changes) => changes.some(({ after }) => after?.['ref'] === '3'));
  expect(consumer.changes.at(-1)).toMatchObject({ before: { day: '11', ref: '2' } });
  await consumer.stop();
  await capture.close();
});

test('a table that loses its identity gets one again, and the stream goes on', async () => {
  await database.query('CREATE TABLE fragile (id int PRIMARY KEY)');
  const wanted = requirements(table('fragile', ['id']));
  const { capture } = makeCapture(database, { poll_interval: '100ms' });
  await capture.provision(wanted, { signal: never });
  const consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  await database.query('ALTER TABLE fragile DROP CONSTRAINT fragile_pkey; INSERT INTO fragile VALUES (1)');
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  await database.query('DELETE FROM fragile');
  await consumer.until('the delete', (changes) => changes.some(({ operation }) => operation === 'delete'));
  expect(consumer.error).toBeUndefined();
  await consumer.stop();
  await capture.close();
});

test('what a repair answers is resynced until that is acknowledged, though nothing shows it any more', async () => {
  await database.query('CREATE TABLE children (id int PRIMARY KEY, parent int NOT NULL)');
  const wanted = requirements(table('children', ['id'], ['parent']));
  const { capture } = makeCapture(database, { poll_interval: '100ms' });
  await capture.provision(wanted, { signal: never });
  let consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  consumer.acknowledgeAll();
  await database.query(`ALTER TABLE children REPLICA IDENTITY DEFAULT; INSERT INTO children VALUES (1, 1);
    UPDATE children SET parent = 2`);
  await consumer.until('a resync', () => resyncs(consumer).length > 0);
  const [row] = await database.query(
    "SELECT relreplident AS identity FROM pg_class WHERE relname = 'children'",
  );
  expect(row).toEqual({ identity: 'i' });
  // What came before the resync is durable, the resync is not: as if the process died in between.
  const before = consumer.batches.findLastIndex(({ changes }) =>
    changes.some(({ operation }) => operation === 'resync'),
  );
  capture.acknowledge(consumer.batches[before - 1]?.token);
  await consumer.stop();
  await capture.close();

  for (const expected of [1, 0]) {
    const next = makeCapture(database, { poll_interval: '100ms' }).capture;
    consumer = new Consumer(next, wanted);
    await consumer.caughtUp();
    expect(resyncs(consumer).length).toBe(expected);
    consumer.acknowledgeAll();
    await consumer.stop();
    await next.close();
  }
});

test('a role that may not mend a lost identity takes the table out, so that the application goes on', async () => {
  const role = await database.createRole('REPLICATION');
  await database.query(
    `CREATE TABLE fragile (id int PRIMARY KEY); GRANT CREATE ON DATABASE ${database.name} TO ${role.name}`,
  );
  const wanted = requirements(table('fragile', ['id']));
  const admin = makeCapture(database).capture;
  await admin.provision(wanted, { signal: never });
  await admin.close();
  const { capture, slot, log } = makeCapture(database, { poll_interval: '100ms' }, role.url);
  await database.query(`ALTER PUBLICATION "${slot}" OWNER TO ${role.name}`);
  const consumer = new Consumer(capture, wanted);
  await consumer.caughtUp();
  await database.query('ALTER TABLE fragile DROP CONSTRAINT fragile_pkey; INSERT INTO fragile VALUES (1)');
  const failure = await consumer.failure();
  expect(isSluiceError(failure, 'SLUICE_CAPTURE_NOT_PROVISIONED')).toBe(true);
  expect(isSluiceError(failure) ? failure.hint : '').toContain('REPLICA IDENTITY FULL');
  expect(resyncs(consumer).length).toBe(1);
  expect(
    log.some(({ level, message }) => level === 'warn' && message.includes('out of the publication')),
  ).toBe(true);
  expect(await database.query('SELECT tablename FROM pg_publication_tables')).toEqual([]);
  await database.query('DELETE FROM fragile');
  await capture.close();
});
