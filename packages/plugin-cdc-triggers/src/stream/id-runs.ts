/** Ids from `first` to `last`, none missing. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

/** Ids between `after` and `before`, these left out; `before` null: without end. */
export interface Gap {
  readonly after: number;
  readonly before: number | null;
}

/** Ascending ids as runs. A million ids of one bulk write are a single run. */
export function runsOf(ids: readonly number[]): Run[] {
  const runs: Run[] = [];
  let first: number | undefined;
  let last = 0;
  for (const id of ids) {
    if (first !== undefined && id === last + 1) {
      last = id;
      continue;
    }
    if (first !== undefined) runs.push({ first, last });
    first = id;
    last = id;
  }
  if (first !== undefined) runs.push({ first, last });
  return runs;
}

/** A set of ids, kept as runs in order. */
export class IdRuns {
  #runs: Run[] = [];

  get size(): number {
    return this.#runs.length;
  }

  /** Adds runs that are not in the set yet. */
  add(runs: readonly Run[]): void {
    for (const run of runs) this.#insert(run);
  }

  /** Takes out runs that are in the set. */
  remove(runs: readonly Run[]): void {
    for (const run of runs) this.#cut(run);
  }

  /** What is not in the set, above `low`. */
  gapsAbove(low: number): Gap[] {
    const gaps: Gap[] = [];
    let after = low;
    for (const { first, last } of this.#runs) {
      if (last <= low) continue;
      if (first > after + 1) gaps.push({ after, before: first });
      after = Math.max(after, last);
    }
    return [...gaps, { after, before: null }];
  }

  #insert({ first, last }: Run): void {
    const at = this.#firstEndingAtOrAfter(first - 1);
    const next = this.#runs[at];
    if (next === undefined || next.first > last + 1) {
      this.#runs.splice(at, 0, { first, last });
      return;
    }
    // It touches the run before it, the one after it, or both.
    const following = this.#runs[at + 1];
    const merged = { first: Math.min(first, next.first), last: Math.max(last, next.last) };
    const joins = following !== undefined && following.first === merged.last + 1;
    this.#runs.splice(at, joins ? 2 : 1, joins ? { first: merged.first, last: following.last } : merged);
  }

  #cut({ first, last }: Run): void {
    const at = this.#firstEndingAtOrAfter(first);
    const run = this.#runs[at];
    if (run === undefined || run.first > first || run.last < last) return;
    const left = run.first < first ? [{ first: run.first, last: first - 1 }] : [];
    const right = run.last > last ? [{ first: last + 1, last: run.last }] : [];
    this.#runs.splice(at, 1, ...left, ...right);
  }

  #firstEndingAtOrAfter(id: number): number {
    let from = 0;
    let to = this.#runs.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#runs[middle]?.last ?? 0) < id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
