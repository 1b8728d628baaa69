import type { CaptureHealth } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { readLag } from '../stream/read-lag.ts';
import type { Querier } from './querier.ts';
import { readCore } from './read-state.ts';

/** What the outbox costs the source. Asked of a table that is there. */
const stateSql = (names: CaptureNames) => `
SELECT pg_total_relation_size($1::regclass) AS size,
  (SELECT acknowledged FROM ${inSchema(names, 'lease')} WHERE name = 'stream') AS acknowledged,
  (SELECT coalesce(told, 'another process') FROM ${inSchema(names, 'lease')}
   WHERE name = 'stream' AND expires > pg_catalog.clock_timestamp()) AS held_by`;

/** @param mark Nothing is below it in the outbox; a hint. */
export async function readHealth(
  querier: { readonly catalog: Querier; readonly outbox: Querier },
  names: CaptureNames,
  mark: number,
): Promise<CaptureHealth> {
  const core = await readCore(querier.catalog, names);
  const schema = names.schema;
  if (core.missing.length > 0) {
    // Where some of it is left somebody took away the rest.
    const lost = core.schemaExists && core.instance !== null;
    const reason = `tables of the outbox are gone: ${core.missing.join(', ')}`;
    return { state: lost ? 'lost' : 'absent', ...(lost ? { reason } : {}), details: { schema } };
  }
  const row = (await querier.catalog.query(stateSql(names), [inSchema(names, 'outbox')])).rows[0] ?? {};
  const { bytes = 0, changes = 0, oldestChangeAge = 0 } = await readLag(querier.outbox, names, mark);
  const heldBy = row['held_by'] ?? null;
  return {
    state: 'ready',
    ...(heldBy === null ? {} : { heldBy }),
    retainedBytes: bytes,
    changes,
    oldestAge: oldestChangeAge,
    details: {
      schema,
      outbox_table_bytes: Number(row['size'] ?? 0),
      acknowledged: row['acknowledged'] ?? null,
    },
  };
}
