import type { Document, RejectedDocument, WriteReport } from '@sluice/core';

/** Adds up what became of the documents of one write. */
export class WriteTally {
  #accepted = 0;
  #conflicts = 0;
  #highestHeld: bigint | null = null;
  readonly #rejected: RejectedDocument[] = [];

  accept(count: number): void {
    this.#accepted += count;
  }

  conflict(held: bigint): void {
    this.#conflicts++;
    if (this.#highestHeld === null || held > this.#highestHeld) this.#highestHeld = held;
  }

  reject(document: Document, reason: string, retryable: boolean): void {
    this.#rejected.push({ document, reason, retryable });
  }

  report(): WriteReport {
    return {
      accepted: this.#accepted,
      conflicts: this.#conflicts,
      highestHeld: this.#highestHeld,
      rejected: this.#rejected,
    };
  }
}
