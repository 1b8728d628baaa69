import type { StreamPoint, Ticket, TicketChange, TicketState } from './ticket.ts';

/** A group that is not behind the point yet, or a run of finished ones folded into one. */
interface Entry {
  readonly ticket: Ticket | null;
  readonly changes: number;
  readonly point: StreamPoint | null;
  /** How many of its points somebody waits for. */
  readonly awaited: number;
}

/**
 * Follows groups in stream order and knows up to where *all* of them are durable. Groups finish in
 * any order; a point only moves over an unbroken run from the start.
 */
export class Watermark {
  #entries: Entry[] = [];
  #head = 0;
  #reachedHead = 0;
  readonly #firstFold: number;
  #foldAt: number;
  #point: StreamPoint | null = null;
  #reached: StreamPoint | null = null;
  #changes = 0;
  #awaited = 0;
  #unfinished = 0;

  /** @param firstFold entries at which finished neighbours are folded for the first time. */
  constructor(firstFold = 1024) {
    this.#firstFold = firstFold;
    this.#foldAt = firstFold;
  }

  /** The last end of a transaction before which everything is durable; null until there is one. */
  get point(): StreamPoint | null {
    return this.#point;
  }

  /** The same, leaving out what stopped indexes miss: never before `point`. */
  get reached(): StreamPoint | null {
    return this.#reached;
  }

  /** Groups of which something is still to be done. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Changes behind the point. */
  get changes(): number {
    return this.#changes;
  }

  /** Points behind the point that somebody waits for. */
  get awaited(): number {
    return this.#awaited;
  }

  add(ticket: Ticket): void {
    const { changes, point, awaited } = ticket.group;
    this.#entries.push({ ticket, changes, point, awaited: awaited ? 1 : 0 });
    this.#unfinished += 1;
  }

  /** Moves over what is done. To be told of every change of a ticket that was added. */
  advance(change: TicketChange): void {
    if (change === 'done') this.#unfinished -= 1;
    for (; this.#is(this.#reachedHead, ['kept', 'finished']); this.#reachedHead += 1) {
      this.#reached = this.#entries[this.#reachedHead]?.point ?? this.#reached;
    }
    for (; this.#is(this.#head, ['finished']); this.#head += 1) {
      const entry = this.#entries[this.#head];
      this.#changes += entry?.changes ?? 0;
      this.#awaited += entry?.awaited ?? 0;
      this.#point = entry?.point ?? this.#point;
    }
    this.#tidy();
  }

  #is(at: number, states: readonly TicketState[]): boolean {
    const entry = this.#entries[at];
    return entry !== undefined && states.includes(entry.ticket?.state ?? 'finished');
  }

  /** Lets go of what is behind the point, and folds finished runs that wait behind an open group. */
  #tidy(): void {
    if (this.#entries.length < this.#foldAt) return;
    const folded: Entry[] = [];
    let reachedHead = 0;
    for (const [at, entry] of this.#entries.entries()) {
      if (at < this.#head) continue;
      if (at === this.#reachedHead) reachedHead = folded.length;
      const last = folded.at(-1);
      const finished = (entry.ticket?.state ?? 'finished') === 'finished';
      if (finished && last?.ticket === null && at !== this.#reachedHead) {
        folded[folded.length - 1] = {
          ticket: null,
          changes: last.changes + entry.changes,
          point: entry.point ?? last.point,
          awaited: last.awaited + entry.awaited,
        };
      } else {
        folded.push(finished ? { ...entry, ticket: null } : entry);
      }
    }
    if (this.#reachedHead >= this.#entries.length) reachedHead = folded.length;
    this.#entries = folded;
    this.#head = 0;
    this.#reachedHead = reachedHead;
    this.#foldAt = Math.max(this.#firstFold, folded.length * 2);
  }
}
