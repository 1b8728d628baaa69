import type { DocumentKey } from '../../contracts/index.ts';
import { placeOf } from '../delivery/pending-keys.ts';

/** Documents that were suspected could not be looked at: what was found is not all. Never tried again. */
export class SettleFailure extends Error {
  override readonly name = 'SettleFailure';
}

/**
 * Documents that may differ, each place once. When there are many, whoever adds one more waits until all
 * of them were looked at: so memory is bounded, however much differs.
 */
export class Suspects {
  readonly #capacity: number;
  readonly #settle: (keys: readonly DocumentKey[]) => Promise<void>;
  #keys = new Map<string, DocumentKey>();
  #settling: Promise<void> | null = null;
  #failure: SettleFailure | null = null;
  /** How many there were so far. */
  count = 0;

  constructor(capacity: number, settle: (keys: readonly DocumentKey[]) => Promise<void>) {
    this.#capacity = capacity;
    this.#settle = settle;
  }

  async add(keys: readonly DocumentKey[]): Promise<void> {
    for (const { key, id, routing } of keys) {
      const place = placeOf({ id, routing });
      if (this.#keys.has(place)) continue;
      this.#keys.set(place, { key, id, routing });
      this.count += 1;
    }
    if (this.#keys.size >= this.#capacity) await this.settle();
  }

  /** Resolves when every document that was suspected before was looked at. One at a time. */
  async settle(): Promise<void> {
    while (this.#settling !== null) await this.#settling;
    this.#assertWhole();
    if (this.#keys.size === 0) return;
    const keys = [...this.#keys.values()];
    this.#keys = new Map();
    this.#settling = this.#settle(keys)
      .catch((cause: unknown) => {
        this.#failure = new SettleFailure('suspected documents could not be looked at', { cause });
      })
      .finally(() => {
        this.#settling = null;
      });
    await this.#settling;
    this.#assertWhole();
  }

  #assertWhole(): void {
    if (this.#failure instanceof SettleFailure) throw this.#failure;
  }
}
