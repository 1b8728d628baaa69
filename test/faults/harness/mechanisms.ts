import type { Mechanism } from '../../e2e/harness/captures.ts';
import type { Deployment } from '../../e2e/harness/deployment.ts';
import type { LogEvent, SluiceProcess } from '../../e2e/harness/sluice-process.ts';
import { waitFor } from '../../support/wait.ts';

const mechanismsSql = `
SELECT 'wal' AS name WHERE EXISTS (SELECT FROM pg_replication_slots WHERE database = current_database())
  OR EXISTS (SELECT FROM pg_publication)
UNION ALL
SELECT 'triggers' WHERE EXISTS (SELECT FROM pg_trigger WHERE tgname LIKE 'sluice%' AND NOT tgisinternal)
  OR EXISTS (SELECT FROM pg_class WHERE relname = 'outbox' AND relkind = 'r')`;

/** The captures that have anything in the source: a slot, a publication, triggers, an outbox. */
export async function mechanisms({ database }: Deployment): Promise<readonly Mechanism[]> {
  const rows = await database.query<{ name: Mechanism }>(mechanismsSql);
  return rows.map(({ name }) => name);
}

/** Resolves when the source has what this capture needs, and nothing of the other one. */
export async function onlyHas(site: Deployment, name: Mechanism): Promise<void> {
  await waitFor(async () => (await mechanisms(site)).join() === name, {
    what: `the source to have ${name} alone`,
    deadlineMs: 60_000,
  });
}

/** Rows that were read again: whatever a scan wrote, and every gap that was told of. */
export function scans({ events }: SluiceProcess): readonly LogEvent[] {
  return events.filter(
    ({ msg, source, code }) =>
      (msg === 'written' && source === 'scan') ||
      msg === 'backfill' ||
      msg === 'reconcile' ||
      code === 'SLUICE_CAPTURE_LOST',
  );
}
