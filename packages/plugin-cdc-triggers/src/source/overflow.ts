import type { TransactionStep } from '@sluice/postgres';
import { gapSql } from '../ddl/gap.ts';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { emptiedSql, noteFileSql } from '../ddl/outbox-file.ts';

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
      noteFileSql(names),
      resyncAllSql(names, reason),
      `INSERT INTO ${outbox} (src, op) VALUES (0, 'm')`,
    ],
  };
}

/**
 * What makes good for an outbox that somebody else emptied: a resync of every table, and a marker for whoever
 * waits for one that is gone. The lock keeps a compaction, which notes the file that it makes, apart: where
 * that alone was seen, nothing is asked for.
 */
export function mendEmptied(names: CaptureNames): TransactionStep {
  const outbox = inSchema(names, 'outbox');
  const emptied = emptiedSql(names);
  return {
    what: 'make good for an outbox that was emptied',
    statements: [
      `LOCK TABLE ${outbox} IN ROW EXCLUSIVE MODE`,
      resyncAllSql(names, 'the outbox was emptied or rewritten by hand', emptied),
      `INSERT INTO ${outbox} (src, op) SELECT 0, 'm' WHERE ${emptied}`,
      noteFileSql(names),
    ],
  };
}

/** Asks for a resync of every table, where a condition holds. */
export function resyncAllSql(names: CaptureNames, reason: string, condition = 'true'): string {
  return `INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows)
SELECT src, 'r', ${gapSql(reason)}
FROM ${inSchema(names, 'source')} WHERE state = 'active' AND ${condition} ORDER BY src`;
}
