/**
 * What was true when rows were deleted: every id up to `drawn` was drawn by a transaction with an id
 * below `xid`. In the deleting transaction `drawn` is read first and `xid` assigned last, and a writer
 * has its own id before it draws one (the outbox's first column sees to that).
 */
export interface Checkpoint {
  readonly drawn: number;
  readonly xid: bigint;
}

/** Checkpoints kept; more of them would only let the mark move a little sooner. */
const most = 16;

/**
 * Below the mark no row will ever appear again, so a look need not wade through dead ones there. A hint
 * in memory: without it everything is found just the same.
 */
export class LowWater {
  #mark = 0;
  #checkpoints: Checkpoint[] = [];

  get mark(): number {
    return this.#mark;
  }

  get pending(): boolean {
    return this.#checkpoints.length > 0;
  }

  deleted(checkpoint: Checkpoint): void {
    this.#checkpoints.push(checkpoint);
    if (this.#checkpoints.length > most) this.#checkpoints.splice(most / 2, 1);
  }

  /** Up to where every row that will ever exist is visible, once all transactions below `xmin` finished. */
  provable(xmin: bigint): number | null {
    const last = this.#checkpoints.findLastIndex(({ xid }) => xid < xmin);
    if (last < 0) return null;
    const { drawn } = this.#checkpoints[last] ?? { drawn: 0 };
    this.#checkpoints = this.#checkpoints.slice(last + 1);
    return drawn > this.#mark ? drawn : null;
  }

  /** `first` is the lowest row above the mark and up to `drawn`, seen after `provable` said so; null: none. */
  moved(drawn: number, first: number | null): void {
    this.#mark = first === null ? drawn : Math.max(this.#mark, first - 1);
  }
}
