import type { CoverageProblem } from '@sluice/core';
import { type ConnectionSettings, connect, mapPostgresError, sqlState } from '@sluice/postgres';
import { readHistory } from './history.ts';
import type { Querier } from './querier.ts';

/**
 * Opens a replication connection as the stream will, and asks who answers. A pooler in the way
 * refuses it, or answers for another server than the queries go to.
 */
export async function probeReplication(
  settings: ConnectionSettings,
  querier: Querier,
): Promise<CoverageProblem[]> {
  try {
    const client = await connect(settings, { applicationName: 'sluice inspect', replication: true });
    try {
      const { rows } = await client.query<{ systemid: string }>('IDENTIFY_SYSTEM');
      const { system } = await readHistory(querier);
      if (rows[0]?.systemid === system) return [];
      return [problem('The replication connection reaches another server than the queries do.')];
    } finally {
      await client.end();
    }
  } catch (error) {
    const failure = mapPostgresError(error, 'open a replication connection');
    const cause = sqlState(error instanceof Error ? error.cause : undefined) ?? sqlState(error);
    // Full walsenders (53300) are a matter of settings; a server that is gone is not our finding.
    if (failure.code === 'SLUICE_SOURCE_UNAVAILABLE' && cause !== '53300') throw failure;
    return [problem(failure.message)];
  }
}

function problem(message: string): CoverageProblem {
  return {
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
    message,
    hint: 'A connection pooler cannot carry replication: connect to Postgres directly. max_wal_senders must have room.',
    fixable: false,
  };
}
