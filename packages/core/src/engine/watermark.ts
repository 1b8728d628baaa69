import type { StreamPoint, Ticket } from './ticket.ts';

/**
 * Follows groups in stream order and knows up to where *all* of them are durable. Groups finish
 * in any order; the point only moves over an unbroken run from the start.
 */
export class Watermark {
  #open: Ticket[] = [];
  #head = 0;
  #point: StreamPoint | null = null;
  #changes = 0;

  /** The last end of a transaction before which everything is durable; null until there is one. */
  get point(): StreamPoint | null {
    return this.#point;
  }

  /** Groups taken from the stream that are not yet behind the point. */
  get waiting(): number {
    return this.#open.length - this.#head;
  }

  /** Changes that became durable so far. */
  get changes(): number {
    return this.#changes;
  }

  add(ticket: Ticket): void {
    this.#open.push(ticket);
  }

  /** Moves over what is finished. Returns true when the point moved. */
  advance(): boolean {
    let moved = false;
    for (let ticket = this.#open[this.#head]; ticket?.finished; ticket = this.#open[this.#head]) {
      const { changes, point } = ticket.group;
      this.#changes += changes;
      if (point !== null) {
        this.#point = point;
        moved = true;
      }
      this.#head += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#open.length) {
      this.#open = this.#open.slice(this.#head);
      this.#head = 0;
    }
    return moved;
  }
}
