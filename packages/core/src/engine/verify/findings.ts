import { placeOf } from '../delivery/pending-keys.ts';
import { olderThanRows, type RowContext } from './name-stale.ts';
import {
  type Difference,
  type DifferenceKind,
  differenceKinds,
  type Verification,
} from './verify-options.ts';
import type { VerifyTarget } from './verify-target.ts';

/** Differences that are told of one by one; the others are counted. */
const mostListed = 1_000;
/** Places looked up among the dead letters at once. */
const letterPage = 500;

/** What was found so far, in bounded memory. */
export class Findings {
  readonly #target: VerifyTarget;
  readonly #counts = new Map<DifferenceKind, number>();
  #listed: Difference[] = [];
  #repaired = 0;
  #deadLetters = 0;
  #doubtful = 0;
  #skipped = 0;
  /** Rows that cannot be built, not yet compared with the dead letters. */
  #unbuildable: Difference[] = [];

  constructor(target: VerifyTarget) {
    this.#target = target;
  }

  add(found: readonly Difference[]): void {
    for (const each of found) {
      this.#counts.set(each.kind, (this.#counts.get(each.kind) ?? 0) + 1);
      if (this.#listed.length < mostListed) this.#listed.push(each);
    }
  }

  addRepaired(documents: number): void {
    this.#repaired += documents;
  }

  addSkipped(): void {
    this.#skipped += 1;
  }

  addUnbuildable(row: Difference): void {
    this.#unbuildable.push(row);
  }

  /**
   * Without what the policy of the index allows, which is counted. `untried`: the sink was not asked to take
   * them as they are now, so a letter that may be about a former state of the row is doubted.
   */
  async withoutExceptions(
    found: readonly Difference[],
    untried?: RowContext,
  ): Promise<readonly Difference[]> {
    const { index } = this.#target;
    const letters = await this.#letters(found);
    const explained: { readonly key: readonly string[]; readonly version: bigint }[] = [];
    const left = found.filter((each) => {
      const version = letters.get(placeOf(each));
      if (version !== undefined && this.#explains(version, each, untried !== undefined)) {
        explained.push({ key: each.key, version });
        return false;
      }
      if (each.kind === 'unbuildable' && index.onReject === 'skip') {
        this.#skipped += 1;
        return false;
      }
      return true;
    });
    if (untried !== undefined) this.#doubtful += (await olderThanRows(explained, untried)).length;
    this.#deadLetters += explained.length;
    return left;
  }

  async #letters(found: readonly Difference[]): Promise<ReadonlyMap<string, bigint>> {
    const { sink, index, generation } = this.#target;
    const letters = new Map<string, bigint>();
    const store = sink.sink.deadLetters;
    if (store === undefined || index.onReject === 'stop') return letters;
    for (let from = 0; from < found.length; from += letterPage) {
      for (const letter of await store.get(generation, found.slice(from, from + letterPage))) {
        letters.set(placeOf(letter), letter.version);
      }
    }
    return letters;
  }

  #explains(letter: bigint, { kind, heldVersion }: Difference, untried: boolean): boolean {
    // A letter that is older than what is held is about to be cleared.
    if (kind === 'future' || letter < (heldVersion ?? 0n)) return false;
    if (!untried || kind === 'unbuildable') return true;
    // What was refused was a document: it does not tell why one lies where no row has any. And whoever
    // reconciled the index since tried every row again.
    return kind !== 'extra' && letter >= this.#target.stored(0n);
  }

  /** Looks at the rows that cannot be built: now and then, so that they do not pile up. */
  async settleUnbuildable(): Promise<void> {
    const rows = this.#unbuildable;
    this.#unbuildable = [];
    if (rows.length === 0) return;
    try {
      this.add(await this.withoutExceptions(rows));
    } catch (error) {
      // Whoever tries again must find them.
      this.#unbuildable.push(...rows);
      throw error;
    }
  }

  /** Dead letters among the exceptions that may be about a former state of their row. */
  get doubtful(): number {
    return this.#doubtful;
  }

  /** Documents from the future among those listed. */
  get future(): readonly Difference[] {
    return this.#listed.filter(({ kind }) => kind === 'future');
  }

  /** Those listed are to be looked at again; what was only counted stays so. */
  forgetFuture(): void {
    this.#counts.set('future', (this.#counts.get('future') ?? 0) - this.future.length);
    this.#listed = this.#listed.filter(({ kind }) => kind !== 'future');
  }

  explainFuture(reason: string): void {
    this.#listed = this.#listed.map((each) => (each.kind === 'future' ? { ...each, reason } : each));
  }

  result(): Pick<Verification, 'counts' | 'differences' | 'repaired' | 'exceptions'> {
    return {
      counts: {
        missing: this.#counts.get('missing') ?? 0,
        extra: this.#counts.get('extra') ?? 0,
        stale: this.#counts.get('stale') ?? 0,
        type: this.#counts.get('type') ?? 0,
        different: this.#counts.get('different') ?? 0,
        future: this.#counts.get('future') ?? 0,
        unbuildable: this.#counts.get('unbuildable') ?? 0,
        unsettled: this.#counts.get('unsettled') ?? 0,
      },
      differences: [...this.#listed].toSorted(byKind),
      repaired: this.#repaired,
      exceptions: { deadLetters: this.#deadLetters, skipped: this.#skipped },
    };
  }
}

function byKind(a: Difference, b: Difference): number {
  const order = differenceKinds.indexOf(a.kind) - differenceKinds.indexOf(b.kind);
  return order !== 0 ? order : a.id < b.id ? -1 : 1;
}
