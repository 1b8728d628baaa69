import type { AcknowledgeToken, ChangeBatch, Position } from '../../contracts/index.ts';

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
  /** Somebody waits to hear that the point is durable. */
  readonly awaited: boolean;
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
  return { changes, committedAt, point, awaited: batches.some(({ barrier }) => barrier === true) };
}

/** A ticket for work that no batch waits for. */
export const nothingCaptured: GroupSummary = { changes: 0, committedAt: null, point: null, awaited: false };

/**
 * `open`: something that the group leads to is still to be done. `kept`: all of it is done but for
 * what a stopped index misses. `finished`: it may be acknowledged.
 */
export type TicketState = 'open' | 'kept' | 'finished';

/** `done`: nothing is open any more. `let-go`: no stopped index keeps it any more. */
export type TicketChange = 'done' | 'let-go';

let tickets = 0;

/**
 * What must still happen before a merged group of batches is durable. Opens with one hold; every
 * document key, page and scan that the group leads to adds one. A stopped index keeps a ticket
 * without holding it: others need not wait for it, but it is not acknowledged.
 */
export class Ticket {
  readonly group: GroupSummary;
  /** In the order in which they were opened. */
  readonly sequence: number;
  #holds = 1;
  #keepers = 0;
  readonly #onChange: (ticket: Ticket, change: TicketChange) => void;

  /** @param onChange `done` comes once; `let-go` may follow it. */
  constructor(group: GroupSummary, onChange: (ticket: Ticket, change: TicketChange) => void) {
    tickets += 1;
    this.sequence = tickets;
    this.group = group;
    this.#onChange = onChange;
  }

  get state(): TicketState {
    if (this.#holds > 0) return 'open';
    return this.#keepers > 0 ? 'kept' : 'finished';
  }

  hold(): void {
    if (this.#holds === 0) throw new Error('a ticket without holds cannot be held again');
    this.#holds += 1;
  }

  release(): void {
    if (this.#holds === 0) throw new Error('a ticket was released more often than it was held');
    this.#holds -= 1;
    if (this.#holds === 0) this.#onChange(this, 'done');
  }

  keep(): void {
    this.#keepers += 1;
  }

  letGo(): void {
    this.#keepers -= 1;
    if (this.state === 'finished') this.#onChange(this, 'let-go');
  }
}
