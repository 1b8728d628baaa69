import { SluiceError } from '@sluice/core';
import type { Xid8 } from '@sluice/postgres';
import type { Querier } from './querier.ts';

// A standby has no insert position; its timeline is not ours to know.
const historySql = `
SELECT pg_is_in_recovery() AS in_recovery, s.system_identifier AS system, d.oid AS database,
  CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline,
  pg_snapshot_xmax(pg_current_snapshot()) AS xmax
FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()`;

export interface History {
  /** Changes when positions and transaction ids of before mean nothing any more. */
  readonly key: string;
  readonly system: string;
  readonly database: string;
  readonly xmax: Xid8;
}

/** Throws `SLUICE_SOURCE_UNAVAILABLE` on a standby: it may be promoted in a moment. */
export async function readHistory(querier: Querier): Promise<History> {
  const { rows } = await querier.query(historySql);
  const row = rows[0] ?? {};
  if (row['in_recovery'] === 't') {
    throw new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'The source is a standby.', {
      hint: 'Connect to the primary.',
    });
  }
  const system = row['system'] ?? '';
  return {
    key: `${system}/${row['timeline'] ?? ''}`,
    system,
    database: row['database'] ?? '',
    xmax: BigInt(row['xmax'] ?? '0'),
  };
}
