import { placeOf } from '../delivery/pending-keys.ts';
import { olderThanRows, type RowContext } from './name-stale.ts';
import {
  type Difference,
  type DifferenceCounts,
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
  readonly #wrong = new Tally();
  readonly #repaired = new Tally();
  #deadLetters = 0;
  #doubtful = 0;
  #skipped = 0;
  /** Rows that cannot be built, not yet compared with the dead letters. */
  #unbuildable: Difference[] = [];

  constructor(target: VerifyTarget) {
    this.#target = target;
  }

  add(found: readonly Difference[]): void {
    for (const each of found) this.#wrong.add(each);
  }

  /** What was wrong as it was found, and is right now. */
  addRepaired(found: readonly Difference[]): void {
    for (const each of found) this.#repaired.add(each);
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
    return this.#wrong.listed.filter(({ kind }) => kind === 'future');
  }

  /** Those listed are to be looked at again; what was only counted stays so. */
  forgetFuture(): void {
    this.#wrong.forgetListed('future');
  }

  explainFuture(reason: string): void {
    this.#wrong.explain('future', reason);
  }

  result(): Pick<Verification, 'counts' | 'differences' | 'repaired' | 'repairedCounts' | 'exceptions'> {
    const wrong = this.#wrong.listed.toSorted(byKind).map((each) => ({ ...each, mended: false }));
    const mended = this.#repaired.listed.toSorted(byKind).map((each) => ({ ...each, mended: true }));
    return {
      counts: this.#wrong.counts,
      differences: [...wrong, ...mended].slice(0, mostListed),
      repaired: this.#repaired.total,
      repairedCounts: this.#repaired.counts,
      exceptions: { deadLetters: this.#deadLetters, skipped: this.#skipped },
    };
  }
}

/** Differences that are counted, and the first of them. */
class Tally {
  readonly #counts = new Map<DifferenceKind, number>();
  #listed: Difference[] = [];

  add(found: Difference): void {
    this.#counts.set(found.kind, (this.#counts.get(found.kind) ?? 0) + 1);
    if (this.#listed.length < mostListed) this.#listed.push(found);
  }

  get listed(): readonly Difference[] {
    return this.#listed;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get counts(): DifferenceCounts {
    const count = (kind: DifferenceKind) => this.#counts.get(kind) ?? 0;
    return {
      missing: count('missing'),
      extra: count('extra'),
      stale: count('stale'),
      type: count('type'),
      different: count('different'),
      future: count('future'),
      unbuildable: count('unbuildable'),
      unsettled: count('unsettled'),
    };
  }

  forgetListed(forgotten: DifferenceKind): void {
    const kept = this.#listed.filter(({ kind }) => kind !== forgotten);
    this.#counts.set(forgotten, this.counts[forgotten] - (this.#listed.length - kept.length));
    this.#listed = kept;
  }

  explain(explained: DifferenceKind, reason: string): void {
    this.#listed = this.#listed.map((each) => (each.kind === explained ? { ...each, reason } : each));
  }
}

function byKind(a: Difference, b: Difference): number {
  const order = differenceKinds.indexOf(a.kind) - differenceKinds.indexOf(b.kind);
  return order !== 0 ? order : a.id < b.id ? -1 : 1;
}
