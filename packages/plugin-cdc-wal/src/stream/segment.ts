import type { Change } from '@sluice/core';
import type { Lsn } from '@sluice/postgres';

/** What the reader puts into the queue: a transaction, a part of one, or a position alone. */
export interface Segment {
  /** As the log has it, 32 bits; null for a position alone. */
  readonly xid: number | null;
  readonly changes: Change[];
  readonly bytes: number;
  /** Where the transaction ends; null for a part that is not the last. */
  readonly end: Lsn | null;
  readonly committedAt: number | null;
  /** A part of a transaction that has several. */
  readonly partial: boolean;
  /** Without changes, and yet wanted at once: a barrier. */
  readonly prompt: boolean;
  /** Relations with changes that no followed table is known for yet. */
  readonly unknown: readonly number[];
}

export interface BatchLimits {
  readonly bytes: number;
  readonly changes: number;
}

/** Segments that make one batch: whole transactions, or parts of one. */
export function joinable(first: Segment, next: Segment): boolean {
  if (!first.partial && !next.partial) return true;
  // A position alone may follow the last part.
  if (first.partial && first.end !== null) return next.xid === null;
  return first.partial && next.partial && first.xid === next.xid;
}
