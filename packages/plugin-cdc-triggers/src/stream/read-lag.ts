import type { CaptureLag } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Querier } from '../source/querier.ts';

/** Rows that stand for all when their size is asked for. */
const sample = 100;

/**
 * How far the outbox is behind, without counting it: ids are drawn one after the other, so their distance
 * is near the number of rows. The table's own size would not do: it stays as large as it ever was.
 *
 * @param mark Nothing is below it; a hint.
 */
export async function readLag(querier: Querier, names: CaptureNames, mark: number): Promise<CaptureLag> {
  const { rows } = await querier.query(
    `WITH first AS MATERIALIZED (
       SELECT o.*, pg_column_size(o) AS size FROM ${inSchema(names, 'outbox')} o WHERE id > $1 ORDER BY id LIMIT $2
     )
     SELECT (SELECT last_value FROM ${inSchema(names, 'outbox_id_seq')}) - min(id) + 1 AS rows,
       avg(size)::float8 AS size, extract(epoch FROM pg_catalog.clock_timestamp() - min(at)) * 1000 AS age
     FROM first WHERE op <> 'm'`,
    [mark, sample],
  );
  const row = rows[0] ?? {};
  if (row['rows'] == null) return { bytes: 0, changes: 0, oldestChangeAge: 0 };
  const changes = Number(row['rows']);
  return {
    bytes: Math.round(changes * Number(row['size'] ?? 0)),
    changes,
    oldestChangeAge: Math.max(0, Math.round(Number(row['age'] ?? 0))),
  };
}
