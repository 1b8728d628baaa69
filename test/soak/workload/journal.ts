import type { Transaction } from './transactions.ts';

export interface JournalEntry {
  /** Writer and number. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly transaction: Transaction;
  readonly failed?: string;
}

/** Every transaction in the order of their ends, to look into after a failure. */
export class Journal {
  readonly #entries: JournalEntry[] = [];

  wrote(entry: JournalEntry): void {
    this.#entries.push(entry);
  }

  /** One JSON object a line. */
  get text(): string {
    return this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
