import { setTimeout as delay } from 'node:timers/promises';
import type { ProvisionOptions } from '@sluice/core';
import type { CaptureNames } from '../options.ts';
import { recordStatement } from './plan.ts';
import type { Querier } from './querier.ts';
import { readPublication } from './read-state.ts';

const interval = 100;

const openSql = `
SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS settled,
  coalesce((SELECT string_agg('session ' || a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'no application name')
      || ', in a transaction since ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS') || ')', '; ' ORDER BY a.xact_start)
    FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid()),
    'a transaction of another database, or a prepared one') AS writers`;

/**
 * Waits for every transaction that was open when tables joined the publication: what one wrote
 * before it is not in the log that we get. Then a scan sees all of it.
 */
export async function settleJoined(
  querier: Querier,
  names: CaptureNames,
  { signal, onWait }: ProvisionOptions,
): Promise<void> {
  const publication = await readPublication(querier, names.publication);
  const joined = publication?.record.joined;
  if (publication === null || joined === undefined) return;
  await transactionsBefore(querier, joined.xid, { signal, ...(onWait === undefined ? {} : { onWait }) });
  if (!publication.owned) return;
  const now = await readPublication(querier, names.publication);
  // Somebody may have added more meanwhile: that is theirs to wait for.
  if (now?.record.joined?.xid !== joined.xid) return;
  const { joined: _, ...record } = now.record;
  await querier.query(recordStatement(names.publication, record));
}

/** Resolves when every transaction up to `xid` has finished. */
export async function transactionsBefore(
  querier: Querier,
  xid: string,
  { signal, onWait }: ProvisionOptions,
): Promise<void> {
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await querier.query(openSql, [xid]);
    if (rows[0]?.['settled'] === 't') return;
    const writers = rows[0]?.['writers'] ?? '';
    if (writers !== said) onWait?.(`The first scan waits for ${writers}.`);
    said = writers;
    await delay(interval, undefined, { signal });
  }
}
