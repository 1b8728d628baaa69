import type { AcknowledgeToken, ChangeBatch } from '@sluice/core';
import { formatLsn, type Lsn } from '@sluice/postgres';
import type { Segment } from './segment.ts';

export interface Token {
  readonly sequence: number;
  /** The last end of a transaction at or before the batch's end. */
  readonly lsn: Lsn;
  /** Number of the stream that yielded it. */
  readonly stream: number;
}

export function isToken(token: AcknowledgeToken): token is Token {
  return (
    typeof token === 'object' && token !== null && 'sequence' in token && 'lsn' in token && 'stream' in token
  );
}

/** One batch of segments that belong together. `before`: the last end of a transaction before them. */
export function makeBatch(
  segments: readonly Segment[],
  transactions: readonly string[],
  at: { readonly sequence: number; readonly stream: number; readonly before: Lsn },
): ChangeBatch & { readonly token: Token } {
  const end = segments.at(-1)?.end ?? null;
  const lastEnd = segments.findLast((segment) => segment.end !== null)?.end ?? at.before;
  return {
    changes: segments.flatMap(({ changes }) => changes),
    token: { sequence: at.sequence, lsn: lastEnd, stream: at.stream },
    position: end === null ? null : formatLsn(end),
    transactions,
    ...(segments.some(({ prompt }) => prompt) ? { barrier: true } : {}),
    committedAt: segments.findLast(({ committedAt }) => committedAt !== null)?.committedAt ?? null,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Batches that are not acknowledged yet, for the age of the oldest change. */
export class Outstanding {
  #entries: { readonly sequence: number; readonly committedAt: number }[] = [];

  yielded(sequence: number, batch: ChangeBatch): void {
    if (batch.committedAt === null || batch.changes.length === 0) return;
    this.#entries.push({ sequence, committedAt: batch.committedAt });
  }

  acknowledged(sequence: number): void {
    const first = this.#entries.findIndex((entry) => entry.sequence > sequence);
    this.#entries = first < 0 ? [] : this.#entries.slice(first);
  }

  /** The stream ended: what was not acknowledged comes again. */
  clear(): void {
    this.#entries = [];
  }

  /** Commit time of the oldest, in ms since the epoch. */
  get oldest(): number | undefined {
    return this.#entries[0]?.committedAt;
  }
}
