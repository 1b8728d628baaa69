import { setTimeout as delay } from 'node:timers/promises';
import type { ProvisionOptions } from '@sluice/core';
import { inSchema } from '../ddl/names.ts';
import type { Source } from './provision.ts';
import type { Querier } from './querier.ts';
import type { Unsettled } from './state.ts';

const interval = 100;

/** Every table of the trees under `$1` on which somebody may be writing: a writer keeps its lock to its end. */
const writersSql = `
WITH RECURSIVE tree AS (
  SELECT unnest($1::oid[]) AS oid UNION SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT l.virtualtransaction AS transaction, coalesce(min('session ' || a.pid || ' (' ||
    coalesce(nullif(a.application_name, ''), 'no application name') ||
    coalesce(', in a transaction since ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS'), '') || ')'),
  'a prepared transaction') AS who
FROM pg_locks l JOIN tree t ON t.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY l.virtualtransaction ORDER BY 2`;

/**
 * A trigger's creation waits for every open writer by itself. A function that was replaced to report
 * more does not: who was writing may have run the former one, and is waited for here. Whoever locks the
 * table later sees the new one. What a resync waits for is put into the outbox then.
 */
export async function settle(
  source: Source,
  waiting: Unsettled,
  { signal, onWait }: ProvisionOptions,
): Promise<void> {
  const { querier, names } = source;
  const registry = inSchema(names, 'source');
  const { rows } = await querier.query(
    `SELECT s.src, c.oid FROM ${registry} s JOIN pg_class c ON c.oid = s.rel WHERE s.unsettled = $1`,
    [waiting],
  );
  if (rows.length === 0) return;
  const oids = rows.map((row) => row['oid']);
  const first = await writers(querier, oids);
  let said = '';
  for (let open = first; open.size > 0; ) {
    signal.throwIfAborted();
    const who = [...open.values()].join('; ');
    if (who !== said) onWait?.(`The first scan waits for ${who}`);
    said = who;
    await delay(interval, undefined, { signal });
    const now = await writers(querier, oids);
    open = new Map([...open].filter(([transaction]) => now.has(transaction)));
  }
  const settled = `UPDATE ${registry} SET unsettled = NULL WHERE src = ANY ($1::int[]) AND unsettled = $2 RETURNING src`;
  const resync = `WITH settled AS (${settled})
    INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows)
    SELECT src, 'r', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_array('gap', $3::text)) FROM settled`;
  const srcs = rows.map((row) => row['src']);
  if (waiting === 'scan') await querier.query(settled, [srcs, waiting]);
  else await querier.query(resync, [srcs, waiting, 'its triggers did not report all that the indexes need']);
}

async function writers(querier: Querier, oids: readonly unknown[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await querier.query(writersSql, [oids]);
  return new Map(rows.map((row) => [row['transaction'] ?? '', row['who'] ?? '']));
}
