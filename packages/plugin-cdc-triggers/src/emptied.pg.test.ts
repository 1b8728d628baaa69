import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { brief, Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

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

test('an outbox that was emptied by hand while nobody read leads to a resync of every table, once', async () => {
  const needs = await required('unread');
  const { capture } = makeCapture(database, { schema: 'c_unread' });
  await capture.provision(needs, { signal: never });
  await database.query('INSERT INTO unread VALUES (1); TRUNCATE c_unread.outbox');
  const consumer = new Consumer(capture, needs);
  const lost = await consumer.until('a resync', (changes) => changes.length > 0);
  expect(lost).toMatchObject([
    { operation: 'resync', reason: 'the outbox was emptied or rewritten by hand' },
  ]);
  consumer.acknowledgeAll();
  await consumer.stop();
  expect((await capture.provision(needs, { signal: never })).statements).toEqual([]);
  const again = new Consumer(capture, needs);
  await database.query('INSERT INTO unread VALUES (2)');
  await again.until('the row', (changes) => changes.length > 0);
  expect(brief(again.changes)).toEqual(['insert 2']);
  await again.stop();
  await capture.close();
});

test('whoever waits for what was visible is not left waiting by an outbox that was emptied', async () => {
  const needs = await required('awaited');
  const { capture } = makeCapture(database, { schema: 'c_awaited' });
  await capture.provision(needs, { signal: never });
  const visible = await capture.barrier();
  await database.query('TRUNCATE c_awaited.outbox');
  const consumer = new Consumer(capture, needs);
  await consumer.reaches(visible);
  expect(brief(consumer.changes)).toEqual(['resync']);
  await consumer.stop();
  await capture.close();
});

test('an outbox that its capture empties at a limit asks for one resync, and is no outbox that somebody else emptied', async () => {
  const needs = await required('released');
  const { capture } = makeCapture(database, { schema: 'c_released' });
  await capture.provision(needs, { signal: never });
  await database.query('INSERT INTO released VALUES (1)');
  await capture.release?.('it was full', { signal: never });
  expect((await capture.provision(needs, { signal: never })).statements).toEqual([]);
  const consumer = new Consumer(capture, needs);
  await consumer.caughtUp();
  expect(consumer.changes).toMatchObject([{ operation: 'resync', reason: 'it was full' }]);
  await consumer.stop();
  await capture.close();
});
