/** A table as the database names it: case and quotes as written, never folded. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * Column values of one row, as the text Postgres prints under the pinned settings
 * (TimeZone UTC, DateStyle ISO, bytea hex …). `null` is SQL NULL. A column that the mechanism
 * did not report is *absent*, which is not the same as null.
 */
export type RowValues = Readonly<Record<string, string | null>>;

export type ChangeOperation = 'insert' | 'update' | 'delete' | 'truncate' | 'resync';

/**
 * One changed row, or one whole table.
 *
 * A change never carries the row: documents are read from the source as it is. It carries only
 * the columns that a join, document key, id or routing depends on (`RequiredTable.links`), as
 * they were and as they became, so that a moved or deleted child still names its old parent.
 *
 * - `insert`: `after`. `delete`: `before`. `update`: `after`, and `before` when a link moved;
 *   without `before` the links are the same as in `after`. A mechanism that sees rows in sets, and not
 *   which became which, reports the two states of a moved row as two updates, each in `after`; one that
 *   cannot tell an insert from an update reports an update.
 * - `truncate`: the table was emptied. `resync`: the mechanism no longer knows what changed
 *   in that table (`reason` says why). Neither has values.
 */
export interface Change {
  /** The table as plans name it: for a partition, its root. */
  readonly table: TableName;
  readonly operation: ChangeOperation;
  readonly before?: RowValues;
  readonly after?: RowValues;
  /**
   * The configuration accepts, for this table by name, that links may be missing: what cannot be
   * traced is let go. Without it a missing link is an error of whoever needs it.
   */
  readonly lossAccepted?: true;
  readonly reason?: string;
}

/**
 * A place in the capture's own order. Opaque text: only the capture that made it can compare it.
 */
export type Position = string;

/** What a capture needs to acknowledge a batch. Only the capture that made it can read it. */
export type AcknowledgeToken = unknown;

/** Part of one transaction, or several whole ones. Immutable once yielded. */
export interface ChangeBatch {
  /** Empty for a batch that only moves the position on an idle source. */
  readonly changes: readonly Change[];
  readonly token: AcknowledgeToken;
  /**
   * Set where the stream can be resumed after this batch, and nothing before it is missing then. null
   * inside a transaction that the mechanism can only give as a whole.
   */
  readonly position: Position | null;
  /** A position that `barrier` gave lies in this batch: somebody waits to hear that it is durable. */
  readonly barrier?: boolean;
  /**
   * xid8 values (decimal) of every transaction in the batch that readers may not see yet.
   * Nothing may be resolved or built before all of them are visible. Empty: no fence needed.
   */
  readonly transactions: readonly string[];
  /** Commit time of the newest transaction, in ms since the epoch; null if unknown. */
  readonly committedAt: number | null;
  /** Approximate memory held by the batch, in bytes. */
  readonly bytes: number;
}
