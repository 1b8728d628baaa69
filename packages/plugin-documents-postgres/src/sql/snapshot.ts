/**
 * What every answer says of the snapshot it was read from, as one text: N, the timeline (empty in
 * recovery) and `row_security`, each after a `|`. A subquery that depends on nothing is evaluated
 * once per statement, and pg_current_snapshot() is the statement's own snapshot.
 */
export const snapshotSql = `(SELECT (pg_snapshot_xmax(s)::text::bigint - (SELECT count(*) FROM pg_snapshot_xip(s)))::text || '|' || CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END || '|' || current_setting('row_security') FROM pg_current_snapshot() AS s)`;
