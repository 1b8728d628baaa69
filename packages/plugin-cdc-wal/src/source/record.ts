import type { ReplicaIdentity } from './state.ts';

/**
 * What the capture must remember in the source: kept as JSON in the publication's COMMENT, where it
 * is written in the same transaction as what it speaks of, and goes with the publication.
 */
export interface CaptureRecord {
  /** The publication was made by Sluice, and is removed by it. */
  readonly created?: boolean;
  /** The slot was created and followed this publication: if it is absent now, it is lost. */
  readonly slot?: boolean;
  /** The slot was dropped to let go of the log; until another one is made. */
  readonly released?: { readonly at: string; readonly reason: string };
  /** Tables that joined a publication whose slot existed, with the transaction that added them. */
  readonly joined?: { readonly xid: string; readonly tables: readonly string[] };
  /** Per table's label: identity before Sluice set FULL. */
  readonly identities?: Readonly<Record<string, ReplicaIdentity | `index ${string}`>>;
  /** Per required table's label: the lineage whose rows are all accounted for. */
  readonly lineages?: Readonly<Record<string, string>>;
}

const mark = 'sluice ';

export function formatRecord(record: CaptureRecord): string {
  return mark + JSON.stringify(record);
}

/** The record in a comment; empty for a comment of somebody else's. */
export function parseRecord(comment: string | null): CaptureRecord {
  if (comment === null || !comment.startsWith(mark)) return {};
  try {
    const value: unknown = JSON.parse(comment.slice(mark.length));
    // Written by formatRecord alone; whoever edits the comment by hand loses at most what it says.
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
