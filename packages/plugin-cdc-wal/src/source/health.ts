import type { CaptureHealth } from '@sluice/core';
import type { CaptureNames } from '../options.ts';
import type { Querier } from './querier.ts';
import { readPublication, readSlot } from './read-state.ts';
import { describeHolder } from './slot.ts';

// `safe_wal_size` and `inactive_since` (17) by way of JSON: a version that has no such column says nothing.
const keptSql = `
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) AS retained,
  pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn) AS pending,
  s.wal_status, to_json(s) ->> 'safe_wal_size' AS safe, s.restart_lsn, s.confirmed_flush_lsn AS confirmed,
  (SELECT setting::bigint * 1024 * 1024 FROM pg_settings WHERE name = 'max_slot_wal_keep_size' AND setting <> '-1')
    AS most,
  round(extract(epoch FROM clock_timestamp() - (to_json(s) ->> 'inactive_since')::timestamptz) * 1000) AS idle
FROM pg_replication_slots s WHERE s.slot_name = $1`;

/** Whoever holds back the whole log: the slot cannot let go of what an open transaction began before. */
const openSql = `
SELECT 'session ' || pid || ' (' || coalesce(nullif(application_name, ''), 'no application name') ||
  '), in a transaction since ' || to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS') AS who
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND xact_start < now() - interval '1 minute'
ORDER BY xact_start LIMIT 1`;

/** What is left of the server's own bound when it is time to say so. */
const endangeredShare = 0.2;

/** What the log costs the source. */
export async function readHealth(querier: Querier, names: CaptureNames): Promise<CaptureHealth> {
  const slot = await readSlot(querier, names.slot);
  if (slot === null) {
    const record = (await readPublication(querier, names.publication))?.record;
    const lost = record?.slot === true;
    const reason = releaseReason(record?.released) ?? `the slot ${names.slot} was dropped`;
    return { state: lost ? 'lost' : 'absent', ...(lost ? { reason } : {}), details: { slot: names.slot } };
  }
  const { rows } = await querier.query(keptSql, [names.slot]);
  const row = rows[0] ?? {};
  const number = (name: string) => (row[name] == null ? undefined : Number(row[name]));
  const [retained, pending, safe, most, idle] = ['retained', 'pending', 'safe', 'most', 'idle'].map(number);
  const status = row['wal_status'] ?? null;
  const scarce = safe !== undefined && most !== undefined && safe < most * endangeredShare;
  const lost = slot.status === 'lost';
  const state = lost ? 'lost' : status === 'unreserved' || scarce ? 'endangered' : 'ready';
  const held =
    pending !== undefined && retained !== undefined && retained > 2 ** 28 && pending < retained / 2;
  const reason = lost
    ? `the server invalidated the slot ${names.slot} (${slot.lostReason})`
    : state === 'endangered'
      ? `max_slot_wal_keep_size is nearly reached: the server is about to invalidate the slot ${names.slot}`
      : held
        ? await openTransaction(querier)
        : undefined;
  const waits = slot.activePid === null && idle !== undefined && (pending ?? 0) > 0;
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(slot.activePid === null ? {} : { heldBy: describeHolder(slot) }),
    ...(retained === undefined ? {} : { retainedBytes: retained }),
    // When changes were made is in the log, which nobody reads now: only since when not is known.
    ...(waits ? { oldestAge: Math.max(0, idle) } : {}),
    ...(most === undefined ? {} : { sourceLimitBytes: most }),
    ...(safe === undefined ? {} : { safeBytes: safe }),
    details: {
      slot: names.slot,
      wal_status: status,
      invalidation_reason: slot.lostReason,
      active_pid: slot.activePid,
      restart_lsn: row['restart_lsn'] ?? null,
      confirmed_flush_lsn: row['confirmed'] ?? null,
      pending_bytes: pending ?? null,
      ...(waits ? { unread_ms: Math.max(0, idle) } : {}),
    },
  };
}

async function openTransaction(querier: Querier): Promise<string | undefined> {
  const who = (await querier.query(openSql)).rows[0]?.['who'];
  return who == null ? undefined : `${who}, keeps the server from letting go of the log`;
}

/** For people: what was let go, when, and why; null where nothing was. */
export function releaseReason(
  released: { readonly at: string; readonly reason: string } | undefined,
): string | null {
  return released === undefined ? null : `it was let go at ${released.at}: ${released.reason}`;
}
