import type { Mechanism } from '../../e2e/harness/captures.ts';
import type { Deployment } from '../../e2e/harness/deployment.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { waitFor } from '../../support/wait.ts';
import { slots, theSlot } from './slots.ts';

/** What a test does behind the back of a capture, said once for each kind. */
interface CaptureState {
  /** Whether everything that was committed before the function was made has been acknowledged. */
  readonly acknowledgement: (database: TestDatabase) => Promise<() => Promise<boolean>>;
  /** Takes away what holds the changes that were not delivered yet. */
  readonly lose: (database: TestDatabase) => Promise<void>;
  /** From here on what happens to a table goes unseen. */
  readonly unfollow: (database: TestDatabase, table: string) => Promise<void>;
  readonly follows: (database: TestDatabase, table: string) => Promise<boolean>;
}

const states: Readonly<Record<Mechanism, CaptureState>> = {
  wal: {
    acknowledgement: async (database) => {
      const [row] = await database.query<{ end: string }>('SELECT pg_current_wal_insert_lsn()::text AS end');
      return async () => {
        const { confirmed } = await theSlot(database);
        const [reached] = await database.query<{ yes: boolean }>('SELECT $1::pg_lsn >= $2::pg_lsn AS yes', [
          confirmed,
          row?.end,
        ]);
        return reached?.yes === true;
      };
    },
    lose: dropSlot,
    unfollow: async (database, table) => {
      const { name } = await theSlot(database);
      await database.query(`ALTER PUBLICATION ${name} DROP TABLE ${table}`);
    },
    follows: async (database, table) => {
      const published = await database.query('SELECT FROM pg_publication_tables WHERE tablename = $1', [
        table,
      ]);
      return published.length === 1;
    },
  },
  triggers: {
    acknowledgement: async (database) => {
      const outbox = `${await outboxSchema(database)}.outbox`;
      const [row] = await database.query<{ last: string }>(
        `SELECT coalesce(max(id), 0)::text AS last FROM ${outbox}`,
      );
      return async () => {
        const left = await database.query(`SELECT FROM ${outbox} WHERE id <= $1 LIMIT 1`, [row?.last]);
        return left.length === 0;
      };
    },
    lose: async (database) => {
      const drop = `DROP SCHEMA ${await outboxSchema(database)} CASCADE`;
      // It wants every table of the application: a writer in its way may win the deadlock.
      await waitFor(async () => (await database.query(drop)).length === 0, {
        what: 'the outbox to be dropped',
      });
    },
    unfollow: async (database, table) => {
      // The application's own triggers go on.
      await database.query(`
        DO $$ DECLARE name text; BEGIN
          FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND tgname LIKE 'sluice%' LOOP
            EXECUTE format('ALTER TABLE ${table} DISABLE TRIGGER %I', name);
          END LOOP;
        END $$`);
    },
    follows: async (database, table) => {
      const enabled = await database.query(
        "SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgenabled = 'A'",
        [table],
      );
      return enabled.length === 2;
    },
  },
};

function stateOf({ capture }: Deployment): CaptureState {
  if (capture === 'auto') throw new Error('Which capture it is has to be said.');
  return states[capture];
}

/** Begins to look whether all that was committed before is acknowledged. */
export async function acknowledgement(site: Deployment): Promise<() => Promise<boolean>> {
  return stateOf(site).acknowledgement(site.database);
}

/** Resolves when all that was committed before is acknowledged: nobody holds the source back. */
export async function untilAcknowledged(site: Deployment, deadlineMs = 60_000): Promise<void> {
  const reached = await acknowledgement(site);
  await waitFor(
    async () => {
      site.process.assertRunning();
      return reached();
    },
    { what: 'everything to be acknowledged', deadlineMs },
  );
}

/** Takes away the slot, or the outbox with the functions that write into it. */
export async function loseCapture(site: Deployment): Promise<void> {
  await stateOf(site).lose(site.database);
}

/** Takes a table out of the publication, or disables its triggers. */
export async function unfollow(site: Deployment, table: string): Promise<void> {
  await stateOf(site).unfollow(site.database, table);
}

/** Whether what happens to a table is captured. */
export async function follows(site: Deployment, table: string): Promise<boolean> {
  return stateOf(site).follows(site.database, table);
}

/** The schema that the trigger capture made in a database. */
export async function outboxSchema(database: TestDatabase): Promise<string> {
  const [row, ...more] = await database.query<{ name: string }>(
    "SELECT relnamespace::regnamespace::text AS name FROM pg_class WHERE relname = 'outbox' AND relkind = 'r'",
  );
  if (row === undefined || more.length > 0) throw new Error('There is not exactly one outbox.');
  return row.name;
}

/** Drops the slot in the moment that nobody has it. */
async function dropSlot(database: TestDatabase): Promise<void> {
  await waitFor(
    async () => {
      await database.query(`
        SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE database = current_database() AND active_pid IS NOT NULL`);
      await database.query(`
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE database = current_database() AND active_pid IS NULL`);
      const left = await slots(database);
      return left.length === 0;
    },
    { what: 'the slot to be dropped', intervalMs: 1 },
  );
}
