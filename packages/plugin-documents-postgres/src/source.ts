import { SluiceError, type SourceState } from '@sluice/core';
import type { Session } from './session.ts';
import { snapshotSql } from './sql/snapshot.ts';

const sourceSql = `SELECT ${snapshotSql}, (SELECT system_identifier FROM pg_control_system())::text, (SELECT oid FROM pg_database WHERE datname = current_database())::text, current_database()::text, to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Which database answers, and its history so far, on whatever timeline. Throws on a standby. */
export async function readSource(session: Session): Promise<SourceState> {
  const { rows, snapshot } = await session.run({
    text: sourceSql,
    values: [],
    snapshotAt: 0,
    what: 'ask the source who it is',
    begins: true,
  });
  const [, system, databaseOid, database, started] = rows[0] ?? [];
  if (system == null || databaseOid == null || database == null) {
    throw new SluiceError('SLUICE_INTERNAL', 'The source did not say who it is.');
  }
  return {
    system,
    timeline: snapshot.timeline,
    databaseOid,
    database,
    host: `${session.settings.host}:${session.settings.port}`,
    ...(started == null ? {} : { started }),
    version: snapshot.version,
  };
}
