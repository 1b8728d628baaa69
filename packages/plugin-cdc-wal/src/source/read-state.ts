import { setTimeout as delay } from 'node:timers/promises';
import type { CaptureRequirements } from '@sluice/core';
import { parseLsn } from '@sluice/postgres';
import type { CaptureNames } from '../options.ts';
import { minimumVersion } from './minimum-version.ts';
import type { Querier } from './querier.ts';
import { readTables } from './read-tables.ts';
import { parseRecord } from './record.ts';
import type { PublicationState, ServerState, SlotState, SourceState } from './state.ts';

const serverSql = `
SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS version_text,
  current_setting('wal_level') AS wal_level, pg_is_in_recovery() AS in_recovery,
  current_user AS role, current_database() AS database,
  (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'rds_replication' AND pg_has_role(r.oid, 'MEMBER'))
    AS may_replicate,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  current_setting('max_replication_slots') AS max_slots,
  (SELECT count(*) FROM pg_replication_slots) AS slots`;

// The JSON of the row hides that newer versions have more columns.
const publicationSql = `
SELECT p.oid, to_json(p) AS publication, pg_has_role(p.pubowner, 'USAGE') AS owned,
  pg_get_userbyid(p.pubowner) AS owner, obj_description(p.oid, 'pg_publication') AS comment
FROM pg_publication p WHERE p.pubname = $1`;

const slotSql = `
SELECT to_json(s) AS slot, s.confirmed_flush_lsn AS confirmed, a.application_name AS application,
  host(a.client_addr) AS address, to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS') AS since
FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
WHERE s.slot_name = $1`;

/** Everything that decisions are made from. Changes nothing. */
export async function readState(
  querier: Querier,
  required: CaptureRequirements,
  names: CaptureNames,
): Promise<SourceState> {
  const server = await readServer(querier);
  // Its catalogs lack what is asked for below; that it is too old is all there is to say.
  if (server.version < minimumVersion) return { server, publication: null, slot: null, tables: [] };
  return {
    server,
    publication: await readPublication(querier, names.publication),
    slot: await readSlot(querier, names.slot),
    tables: await readTables(querier, required, names.publication),
  };
}

export async function readServer(querier: Querier): Promise<ServerState> {
  const { rows } = await querier.query(serverSql);
  const row = rows[0] ?? {};
  const number = (name: string) => Number(row[name] ?? 0);
  return {
    version: number('version'),
    versionText: row['version_text'] ?? '',
    walLevel: row['wal_level'] ?? '',
    inRecovery: row['in_recovery'] === 't',
    role: row['role'] ?? '',
    mayReplicate: row['may_replicate'] === 't',
    mayCreate: row['may_create'] === 't',
    database: row['database'] ?? '',
    maxSlots: number('max_slots'),
    slotsFree: number('max_slots') - number('slots'),
  };
}

export async function readPublication(querier: Querier, name: string): Promise<PublicationState | null> {
  const { rows } = await querier.query(publicationSql, [name]);
  const row = rows[0];
  if (row === undefined) return null;
  const publication = objectOf(row['publication']);
  const generated = publication['pubgencols'];
  return {
    oid: Number(row['oid'] ?? 0),
    name,
    owned: row['owned'] === 't',
    owner: row['owner'] ?? '',
    operations: (['insert', 'update', 'delete', 'truncate'] as const).filter(
      (operation) => publication[`pub${operation}`] === true,
    ),
    viaRoot: publication['pubviaroot'] === true,
    generatedColumns: generated === undefined ? null : generated === 's',
    record: parseRecord(row['comment'] ?? null),
  };
}

/** A slot that is being made is there a moment before its plugin is told. Asked again after so long, in ms, so often. */
const unnamed = { delayMs: 20, times: 100 };

export async function readSlot(querier: Querier, name: string): Promise<SlotState | null> {
  let slot = await readSlotNow(querier, name);
  for (let asked = 1; slot !== null && isUnnamed(slot) && asked <= unnamed.times; asked += 1) {
    await delay(unnamed.delayMs);
    slot = await readSlotNow(querier, name);
  }
  return slot;
}

/** A physical slot has no plugin either, and no database. */
function isUnnamed({ plugin, database }: SlotState): boolean {
  return plugin === '' && database !== '';
}

async function readSlotNow(querier: Querier, name: string): Promise<SlotState | null> {
  const { rows } = await querier.query(slotSql, [name]);
  const row = rows[0];
  if (row === undefined) return null;
  const slot = objectOf(row['slot']);
  // Postgres 17 has the reason; before, `wal_status` alone says that the log is gone.
  const reason =
    textOf(slot['invalidation_reason']) ?? (slot['wal_status'] === 'lost' ? 'wal_removed' : null);
  const confirmed = row['confirmed'] ?? null;
  return {
    name,
    plugin: textOf(slot['plugin']) ?? '',
    database: textOf(slot['database']) ?? '',
    status: reason === null ? 'usable' : 'lost',
    lostReason: reason,
    activePid: typeof slot['active_pid'] === 'number' ? slot['active_pid'] : null,
    activeApplication: row['application'] ?? null,
    activeAddress: row['address'] ?? null,
    activeSince: row['since'] ?? null,
    confirmed: confirmed === null ? null : parseLsn(confirmed),
  };
}

function objectOf(text: string | null | undefined): Record<string, unknown> {
  const value: unknown = JSON.parse(text ?? '{}');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
