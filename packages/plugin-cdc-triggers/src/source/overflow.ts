import { quoteLiteral, type TransactionStep } from '@sluice/postgres';
import { type CaptureNames, inSchema } from '../ddl/names.ts';

/**
 * Lets go of all that waits, and asks for a resync of every table in the same transaction. TRUNCATE's
 * lock proves that nobody has a row in the outbox which is not committed yet: what a writer adds later
 * stays. The marker makes good for those that were let go: whoever waits for one sees a later one.
 */
export function emptyOutbox(names: CaptureNames, reason: string): TransactionStep {
  const outbox = inSchema(names, 'outbox');
  return {
    what: 'empty the outbox',
    statements: [
      `TRUNCATE ${outbox}`,
      resyncAllSql(names, reason),
      `INSERT INTO ${outbox} (src, op) VALUES (0, 'm')`,
    ],
  };
}

/** Asks for a resync of every table. */
export function resyncAllSql(names: CaptureNames, reason: string): string {
  return `INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows)
SELECT src, 'r', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_array('gap', ${quoteLiteral(reason)}::text))
FROM ${inSchema(names, 'source')} WHERE state = 'active' ORDER BY src`;
}
