/** What a row of the outbox tells: insert, update, delete, truncate, partition truncated, resync, marker. */
export type OutboxOperation = 'i' | 'u' | 'd' | 't' | 'p' | 'r' | 'm';

export interface OutboxRow {
  readonly id: number;
  readonly xid: string;
  readonly src: number;
  readonly op: OutboxOperation;
  /** Tuples of texts: key and links in the registered order; for `r` a reason. */
  readonly tuples: readonly (readonly (string | null)[])[];
  /** When the trigger ran, in ms since the epoch. */
  readonly at: number;
  /** Size of the tuples as text. */
  readonly bytes: number;
}

/** What a row takes in memory apart from its tuples' text. */
const overhead = 100;

/** One row as `claimSql` gives it. */
export function parseOutboxRow(row: Readonly<Record<string, string | null>>): OutboxRow {
  const rows = row['rows'] ?? '[]';
  return {
    id: Number(row['id']),
    xid: row['xid'] ?? '',
    src: Number(row['src']),
    // Written by the capture's own functions alone.
    op: (row['op'] ?? 'r') as OutboxOperation,
    tuples: JSON.parse(rows) as (string | null)[][],
    at: Number(row['at']),
    bytes: rows.length + overhead,
  };
}
