import type { AcknowledgeToken, ChangeBatch, Position } from '../contracts/index.ts';

/** An end of a transaction, and what acknowledges everything up to it. */
export interface StreamPoint {
  readonly position: Position;
  readonly token: AcknowledgeToken;
}

/** What is left to know of a group once its changes were resolved: the changes themselves are let go. */
export interface GroupSummary {
  readonly changes: number;
  /** ms since the epoch of the newest commit; null if unknown. */
  readonly committedAt: number | null;
  /** The last end of a transaction in the group; null if it has none. */
  readonly point: StreamPoint | null;
}

export function summarize(batches: readonly ChangeBatch[]): GroupSummary {
  let changes = 0;
  let committedAt: number | null = null;
  let point: StreamPoint | null = null;
  for (const batch of batches) {
    changes += batch.changes.length;
    if (batch.changes.length > 0) committedAt = batch.committedAt ?? committedAt;
    if (batch.position !== null) point = { position: batch.position, token: batch.token };
  }
  return { changes, committedAt, point };
}

/** A ticket for work that no batch waits for. */
export const nothingCaptured: GroupSummary = { changes: 0, committedAt: null, point: null };

/**
 * What must still happen before a merged group of batches is durable. Opens with one hold; every
 * document key, page and reconcile that the group leads to adds one; `done` runs at the last release.
 */
export class Ticket {
  readonly group: GroupSummary;
  #holds = 1;
  readonly #done: () => void;

  constructor(group: GroupSummary, done: (ticket: Ticket) => void) {
    this.group = group;
    this.#done = () => done(this);
  }

  get finished(): boolean {
    return this.#holds === 0;
  }

  hold(): void {
    if (this.#holds === 0) throw new Error('a ticket that is done cannot be held again');
    this.#holds += 1;
  }

  release(): void {
    if (this.#holds === 0) throw new Error('a ticket was released more often than it was held');
    this.#holds -= 1;
    if (this.#holds === 0) this.#done();
  }
}
