import { type CoverageProblem, SluiceError } from '@sluice/core';
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
    // A server that is gone is not our finding; a full one may have room in a moment.
    if (failure.code === 'SLUICE_SOURCE_UNAVAILABLE') throw withRoom(failure);
    return [problem(failure.message)];
  }
}

/** Says which limit keeps a connection out, where one does: our own former session may still count. */
export function withRoom(failure: SluiceError): SluiceError {
  if (sqlState(failure.cause) !== '53300') return failure;
  return new SluiceError(failure.code, failure.message, {
    hint: 'If it stays so, raise max_wal_senders (and max_connections), or end what uses them up: pg_stat_replication lists it.',
    cause: failure.cause,
  });
}

function problem(message: string): CoverageProblem {
  return {
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
    message,
    hint: 'A connection pooler cannot carry replication: connect to Postgres directly.',
    fixable: false,
  };
}
