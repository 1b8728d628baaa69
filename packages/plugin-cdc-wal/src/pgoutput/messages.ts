import type { RowValues } from '@sluice/core';

/** A relation as the log describes it: a leaf table, never a partitioned root. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly type: number;
}

/** What the reader wants of each column, by position; a relation that nobody wants has none. */
export interface Projection {
  /** Values are reported. */
  readonly links: readonly boolean[];
  /** A change of it matters; where no such column changed, the update is `unchanged`. */
  readonly watched: readonly boolean[];
}

/** One message of pgoutput, protocol version 1 (Postgres, "Logical Replication Message Formats"). */
export type PgoutputMessage =
  | { readonly kind: 'begin'; readonly xid: number }
  | {
      readonly kind: 'commit';
      /** The end of the commit record: everything before it is known once this is. */
      readonly end: bigint;
      /** In ms since the epoch. */
      readonly committedAt: number;
    }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | RowMessage
  | { readonly kind: 'truncate'; readonly oids: readonly number[] }
  | { readonly kind: 'message'; readonly transactional: boolean; readonly prefix: string }
  /** Origin, Type, and updates under FULL that changed no watched column. */
  | { readonly kind: 'nothing' };

export interface RowMessage {
  readonly kind: 'row';
  readonly oid: number;
  readonly operation: 'insert' | 'update' | 'delete';
  /**
   * Values of links; a column that the log does not tell is absent. `before` of an update exists
   * only if the log has an old row: under DEFAULT and USING INDEX, if the identity changed.
   */
  readonly before?: RowValues;
  readonly after?: RowValues;
  /** Approximate memory, in bytes. */
  readonly bytes: number;
}

/** The server sent something that this decoder does not understand. The stream cannot go on. */
export interface DecodeFailure {
  readonly kind: 'failure';
  readonly reason: string;
}
