import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { openDocuments } from '../test/documents.ts';
import type { PostgresDocuments } from './index.ts';

let database: TestDatabase;
let builder: PostgresDocuments;

beforeAll(async () => {
  database = await createDatabase();
  builder = openDocuments(database.url);
  await builder.source();
});

afterAll(async () => {
  await builder.close();
  await database.drop();
});

/** A transaction that has an id and is still open. */
async function openTransaction() {
  const client = await database.connect();
  await client.query('BEGIN');
  const { rows } = await client.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  return { client, xid: rows[0]?.xid ?? '' };
}

const never = new AbortController().signal;

describe('fence', () => {
  it('waits until a transaction is finished for readers', async () => {
    const { client, xid } = await openTransaction();
    let passed = false;
    const waiting = builder.fence([xid], never).then(() => {
      passed = true;
    });
    // Other fences pass meanwhile, each after a round trip of its own.
    for (let n = 0; n < 3; n += 1) await builder.fence([await finished()], never);
    expect(passed).toBe(false);
    await client.query('COMMIT');
    await waiting;
    expect(passed).toBe(true);
  });

  it('passes for many transactions at once, and for none', async () => {
    await expect(builder.fence([], never)).resolves.toBeUndefined();
    const last = BigInt(await finished());
    const xids = Array.from({ length: 20_000 }, (_unused, at) => String(last - BigInt(at % 100)));
    await expect(builder.fence(xids, never)).resolves.toBeUndefined();
  });

  it('ends when it is aborted', async () => {
    const { client, xid } = await openTransaction();
    const abort = new AbortController();
    const waiting = builder.fence([xid], abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await client.query('ROLLBACK');
  });
});

async function finished(): Promise<string> {
  const [row] = await database.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  return row?.xid ?? '';
}
