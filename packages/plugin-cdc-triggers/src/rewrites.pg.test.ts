import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { Consumer, makeCapture, never, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
let version: number;
beforeAll(async () => {
  database = await createDatabase();
  const [row] = await database.query<{ v: number }>("SELECT current_setting('server_version_num')::int AS v");
  version = row?.v ?? 0;
});
afterAll(async () => {
  await database.drop();
});

const watched = ['amount', 'total'];
let made = 0;

/** A table of its own, provisioned, followed once, and stopped. */
async function followed(options: Record<string, unknown> = {}) {
  made += 1;
  const name = `t${made}`;
  const schema = `c_${name}`;
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, amount bigint NOT NULL, spare int,
      total bigint GENERATED ALWAYS AS (id + 1) STORED);
    INSERT INTO ${name} VALUES (1, 5, 5)`);
  const wanted = (more: readonly string[] = []) =>
    requirements(table(name, ['id'], ['id'], [...watched, ...more]));
  const capture = () => makeCapture(database, { schema, watch_interval: '100ms', ...options }).capture;
  const first = capture();
  await first.provision(wanted(), { signal: never });
  const consumer = new Consumer(first, wanted());
  await consumer.caughtUp();
  expect(consumer.changes).toEqual([]);
  await consumer.stop();
  await first.close();

  /** What one process finds from its start on; it acknowledges all of it, or dies before. */
  const found = async (end: 'acknowledged' | 'died', more: readonly string[] = []) => {
    const again = capture();
    const next = new Consumer(again, wanted(more));
    await next.caughtUp();
    if (end === 'acknowledged') next.acknowledgeAll();
    await next.stop();
    await again.close();
    return next.changes.map(({ operation }) => operation);
  };
  return { name, wanted, capture, found };
}

const rewrite = (statement: string) => (name: string) => `ALTER TABLE ${name} ${statement}`;

test.each([
  ['another type', rewrite('ALTER amount TYPE numeric USING amount * 100')],
  ['the same type', rewrite('ALTER amount TYPE bigint USING amount * 100')],
  ['a column of the same name made anew', rewrite('DROP amount, ADD amount bigint NOT NULL DEFAULT 7')],
] as const)('%s, while nothing ran, is one resync, until it is acknowledged', async (_, statement) => {
  const { name, found } = await followed();
  await database.query(statement(name));
  expect(await found('died')).toEqual(['resync']);
  expect(await found('acknowledged')).toEqual(['resync']);
  expect(await found('acknowledged')).toEqual([]);
});

test('a generated column with another expression is a resync', async () => {
  const { name, found } = await followed();
  await database.query(
    version >= 170_000
      ? `ALTER TABLE ${name} ALTER total SET EXPRESSION AS (id + 2)`
      : `ALTER TABLE ${name} DROP total, ADD total bigint GENERATED ALWAYS AS (id + 2) STORED`,
  );
  expect(await found('acknowledged')).toEqual(['resync']);
  expect(await found('acknowledged')).toEqual([]);
});

test('what changes no watched value is no resync', async () => {
  const { name, found } = await followed();
  // One restart for each: two together may look like a rewrite by an alteration.
  for (const statement of [
    `ALTER TABLE ${name} ADD body text`,
    `ALTER TABLE ${name} ADD noise float DEFAULT random()`,
    `ALTER TABLE ${name} ALTER spare TYPE text USING spare * 2`,
    `ALTER TABLE ${name} DROP spare`,
    `VACUUM FULL ${name}`,
    `ALTER TABLE ${name} ALTER amount SET DEFAULT 3`,
    `GRANT SELECT (amount) ON ${name} TO PUBLIC`,
    `CREATE INDEX ON ${name} (amount)`,
    `ANALYZE ${name}`,
  ]) {
    await database.query(statement);
    expect([statement, await found('acknowledged')]).toEqual([statement, []]);
  }
});

test.each(['quiet', 'busy'])('a rewrite of a %s table beside the stream is one resync', async (traffic) => {
  const { name, wanted, capture } = await followed();
  const running = capture();
  const consumer = new Consumer(running, wanted());
  await consumer.caughtUp();
  await database.query(`ALTER TABLE ${name} ALTER amount TYPE numeric USING amount * 100`);
  if (traffic === 'busy') await database.query(`UPDATE ${name} SET amount = amount + 1`);
  const resyncs = () => consumer.changes.filter(({ operation }) => operation === 'resync').length;
  await consumer.until('a resync', () => resyncs() > 0);
  if (traffic === 'busy') await database.query(`UPDATE ${name} SET amount = amount + 1`);
  consumer.acknowledgeAll();
  // Several looks later.
  const start = performance.now();
  await waitFor(() => performance.now() - start > 500, { what: 'some looks' });
  await consumer.caughtUp();
  expect(resyncs()).toBe(1);
  await consumer.stop();
  await running.close();
});
