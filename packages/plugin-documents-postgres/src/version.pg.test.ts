import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { snapshotSql } from './sql/snapshot.ts';

const snapshots = 10_000;
const writers = 4;
const readers = 3;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

interface Seen {
  readonly version: bigint;
  /** How often each writer has committed. */
  readonly commits: readonly number[];
}

/** Counts its own commits, among them some with savepoints, in two phases, and some that it takes back. */
async function write(writer: number, going: () => boolean): Promise<void> {
  const client = await database.connect();
  const count = `UPDATE counts SET n = n + 1 WHERE writer = ${writer}`;
  for (let turn = 0; going(); turn += 1) {
    const name = `version-${database.name}-${writer}`;
    switch (turn % 5) {
      case 0:
        await client.query(`BEGIN; SAVEPOINT a; ${count}; ROLLBACK TO a; ${count}; RELEASE a; COMMIT`);
        break;
      case 1:
        await client.query(`BEGIN; ${count}; ROLLBACK`);
        break;
      case 2:
        await client.query(`BEGIN; ${count}; PREPARE TRANSACTION '${name}'`);
        await client.query(`COMMIT PREPARED '${name}'`);
        break;
      case 3:
        await client.query(`BEGIN; ${count}`);
        await client.query('COMMIT');
        break;
      default:
        await client.query(count);
    }
  }
}

async function read(count: number): Promise<readonly Seen[]> {
  const client = await database.connect();
  const seen: Seen[] = [];
  while (seen.length < count) {
    const { rows } = await client.query<{ snapshot: string; commits: number[] }>(
      `SELECT ${snapshotSql} AS snapshot, array_agg(n ORDER BY writer) AS commits FROM counts`,
    );
    for (const { snapshot, commits } of rows) {
      seen.push({ version: BigInt(snapshot.split('|')[0] ?? ''), commits });
    }
  }
  return seen;
}

it('46: of two snapshots the one with the higher version has seen every commit of the other, and equal ones the same', async () => {
  await database.query(
    `CREATE TABLE counts (writer int PRIMARY KEY, n int NOT NULL);
     INSERT INTO counts SELECT w, 0 FROM generate_series(1, ${writers}) AS w`,
  );
  const state = { going: true };
  const writing = Promise.all(Array.from({ length: writers }, (_, w) => write(w + 1, () => state.going)));
  const reading = Promise.all(Array.from({ length: readers }, () => read(Math.ceil(snapshots / readers))));
  const seen = (
    await reading.finally(() => {
      state.going = false;
    })
  ).flat();
  await writing;
  seen.sort((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
  const violations = seen.flatMap((later, index) => {
    const earlier = seen[index - 1];
    if (earlier === undefined) return [];
    const equal = earlier.version === later.version;
    const fits = later.commits.every((n, writer) => {
      const before = earlier.commits[writer] ?? 0;
      return equal ? n === before : n >= before;
    });
    return fits ? [] : [{ earlier, later }];
  });
  expect(violations).toEqual([]);
  expect(seen.length).toBeGreaterThanOrEqual(snapshots);
  const last = seen.at(-1);
  expect(Math.min(...(last?.commits ?? []))).toBeGreaterThan(10);
});
