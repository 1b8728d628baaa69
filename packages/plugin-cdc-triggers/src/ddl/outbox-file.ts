import { quoteLiteral } from '@sluice/postgres';
import { type CaptureNames, inSchema } from './names.ts';

/** Key in `meta`: the file that the outbox was in when the capture itself last made or emptied it. */
export const outboxFileKey = 'outbox_file';

/** An expression: the file that the outbox is in. Whoever empties a table by TRUNCATE gives it another one. */
export function outboxFileSql(names: CaptureNames): string {
  return `pg_catalog.pg_relation_filenode(${quoteLiteral(inSchema(names, 'outbox'))}::regclass)::text`;
}

/** A condition: somebody else emptied or rewrote the outbox since it was noted. */
export function emptiedSql(names: CaptureNames): string {
  return `EXISTS (SELECT FROM ${inSchema(names, 'meta')} WHERE k = '${outboxFileKey}' AND v <> ${outboxFileSql(names)})`;
}

export function noteFileSql(names: CaptureNames): string {
  return `INSERT INTO ${inSchema(names, 'meta')} (k, v) VALUES ('${outboxFileKey}', ${outboxFileSql(names)})
ON CONFLICT (k) DO UPDATE SET v = excluded.v`;
}
