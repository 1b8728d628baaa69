import type { CaptureLag } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Querier } from '../source/querier.ts';

/** The ids between the oldest row and the last one drawn are cut into so many parts … */
const parts = 32;
/** … and this many ids of each are looked at: up to the product of both, rows are counted one by one. */
const idsPerPart = 64;

/**
 * Ids are drawn one after the other, but most of those between the first row and the last one may be
 * gone: one commit that comes late leaves its row far below all others. So rows are counted in small
 * windows all over the range, at random places within its parts, through the key.
 */
function lagSql(names: CaptureNames): string {
  const outbox = inSchema(names, 'outbox');
  return `
WITH oldest AS MATERIALIZED (
  SELECT o.id, o.at, pg_column_size(o) AS size FROM ${outbox} o WHERE o.id > $1 AND o.op <> 'm' ORDER BY o.id LIMIT 1
), others AS (
  SELECT id + 1 AS first, s.last_value - id AS ids FROM oldest, ${inSchema(names, 'outbox_id_seq')} s
), parts AS MATERIALIZED (
  SELECT o.first + o.ids * n.n / $2::int AS begins, o.first + o.ids * (n.n + 1) / $2::int AS ends, random() AS place
  FROM others o, generate_series(0, $2::int - 1) AS n (n)
), windows AS MATERIALIZED (
  SELECT ends - begins AS width, least(ends - begins, $3::int) AS seen,
    begins + floor(place * greatest(ends - begins - $3::int + 1, 1))::bigint AS at
  FROM parts WHERE ends > begins
), counted AS (
  SELECT w.width, w.seen, r.rows, r.bytes FROM windows w CROSS JOIN LATERAL (
    SELECT count(*) AS rows, coalesce(sum(pg_column_size(o)), 0) AS bytes
    FROM ${outbox} o WHERE o.id >= w.at AND o.id < w.at + w.seen AND o.op <> 'm'
  ) r
)
SELECT (SELECT size FROM oldest) AS size,
  (SELECT extract(epoch FROM pg_catalog.clock_timestamp() - at) * 1000 FROM oldest) AS age,
  coalesce(sum(rows * width::float8 / seen), 0) AS rows, coalesce(sum(bytes * width::float8 / seen), 0) AS bytes
FROM counted`;
}

/**
 * How far the outbox is behind, without counting it; exact while it is small. The table's own size would
 * not do: it stays as large as it ever was.
 *
 * @param mark Nothing is below it; a hint.
 */
export async function readLag(querier: Querier, names: CaptureNames, mark: number): Promise<CaptureLag> {
  const row = (await querier.query(lagSql(names), [mark, parts, idsPerPart])).rows[0] ?? {};
  if (row['size'] == null) return { bytes: 0, changes: 0, oldestChangeAge: 0 };
  return {
    bytes: Math.round(Number(row['size']) + Number(row['bytes'])),
    changes: 1 + Math.round(Number(row['rows'])),
    oldestChangeAge: Math.max(0, Math.round(Number(row['age'] ?? 0))),
  };
}
