import type { TestDatabase } from '../../support/postgres.ts';

export interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly confirmed: string;
  readonly status: string;
}

/** The slots of the database, as the server reports them. */
export async function slots(database: TestDatabase): Promise<readonly Slot[]> {
  return database.query<{ name: string; active: boolean; confirmed: string; status: string }>(
    `SELECT slot_name AS name, active, confirmed_flush_lsn::text AS confirmed, wal_status AS status
     FROM pg_replication_slots WHERE database = current_database()`,
  );
}

/** The one slot of the database. */
export async function theSlot(database: TestDatabase): Promise<Slot> {
  const [slot, ...more] = await slots(database);
  if (slot === undefined || more.length > 0) throw new Error('There is not exactly one slot.');
  return slot;
}
