import { loseCapture, unfollow } from '../../faults/harness/capture-state.ts';
import { waitFor } from '../../support/wait.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import type { FaultKind } from './fault.ts';

const heldAtOnce = 8;

const sessions: Readonly<Record<string, string>> = {
  all: 'true',
  walsender: "backend_type = 'walsender'",
  capture: "application_name = 'sluice capture'",
  wake: "application_name = 'sluice wake'",
  documents: "application_name = 'sluice documents'",
};

/** What administrators and migrations do to the source. */
export const sourceFaults: readonly FaultKind[] = [
  {
    name: 'sessions terminated',
    weight: 6,
    uses: [],
    decide: (random) => {
      const which = random.pick(Object.keys(sessions));
      return {
        what: which,
        lastsMs: 0,
        act: async ({ site }) => {
          await site.database.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name LIKE 'sluice%' AND ${sessions[which]}`,
          );
        },
      };
    },
  },
  {
    name: 'commits held',
    weight: 6,
    uses: ['commits'],
    decide: (random) => {
      const ms = random.between(500, 8_000);
      return {
        what: `a synchronous standby is missing for ${ms} ms`,
        lastsMs: ms,
        act: async (stage) => {
          try {
            await setStandby(stage, 'missing');
            // A writer waits at its first commit: a few alone would hardly have anything held.
            stage.writers.burst(heldAtOnce);
            await stage.while(ms);
          } finally {
            await setStandby(stage, '');
          }
        },
      };
    },
  },
  {
    name: 'capture lost',
    weight: 3,
    uses: ['source'],
    decide: () => ({
      what: 'slot or outbox is dropped',
      lastsMs: 3_000,
      act: async (stage) => {
        await loseCapture(stage.site);
        await stage.while(1_000);
      },
    }),
  },
  {
    name: 'table unfollowed',
    weight: 4,
    uses: ['source'],
    decide: (random) => {
      const which = random.below(1_000);
      return {
        what: `table ${which} leaves the publication, or loses its triggers`,
        lastsMs: 500,
        act: async (stage) => {
          const { followed } = stage.world;
          await unfollow(stage.site, followed[which % followed.length] ?? '');
        },
      };
    },
  },
  {
    name: 'maintenance',
    weight: 5,
    uses: ['source'],
    decide: (random) => {
      const what = maintenance(random);
      return {
        what,
        lastsMs: 500,
        act: async ({ site }) => {
          await site.database.query(what);
        },
      };
    },
  },
];

function maintenance(random: Random): string {
  const table = random.pick(['customers', 'orders', 'lines']);
  return random.pick([
    `VACUUM FULL ${table}`,
    `VACUUM ${table}`,
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS spare_${random.below(3)} text DEFAULT 'x'`,
    `ALTER TABLE ${table} DROP COLUMN IF EXISTS spare_${random.below(3)}`,
    'ALTER TABLE lines ALTER quantity TYPE integer USING quantity + 1',
    "ALTER TABLE orders ALTER status TYPE text USING status || '!'",
    `REINDEX TABLE ${table}`,
    'CHECKPOINT',
    'SELECT pg_switch_wal()',
  ]);
}

/** Patient: the server may be on its way down or up, and must not be left holding commits. */
async function setStandby({ site }: Stage, name: string): Promise<void> {
  await waitFor(
    async () => {
      await site.database.query(
        name === ''
          ? 'ALTER SYSTEM RESET synchronous_standby_names'
          : `ALTER SYSTEM SET synchronous_standby_names = '${name}'`,
      );
      await site.database.query('SELECT pg_reload_conf()');
      const [row] = await site.database.query<{ value: string }>(
        "SELECT current_setting('synchronous_standby_names') AS value",
      );
      return row?.value === name;
    },
    { what: 'synchronous_standby_names to be read', deadlineMs: 30_000 },
  );
}
