/** How far back a rate looks, in ms. */
const window = 10_000;

/** Counts per second over the last ten seconds, in buckets of one second: constant memory. */
export class Rate {
  readonly #buckets = new Map<number, number>();
  readonly #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  add(count: number, now: number): void {
    const second = Math.floor(now / 1000);
    this.#buckets.set(second, (this.#buckets.get(second) ?? 0) + count);
    for (const bucket of this.#buckets.keys()) if (bucket * 1000 < now - window) this.#buckets.delete(bucket);
  }

  /** Per second. Counts from the start where that is less than ten seconds ago. */
  perSecond(now: number): number {
    let sum = 0;
    for (const [second, count] of this.#buckets) if (second * 1000 >= now - window) sum += count;
    return (sum * 1000) / Math.min(window, Math.max(1000, now - this.#since));
  }
}

/** Milliseconds until `total` is reached at this rate; null where nobody can tell. */
export function timeLeft(done: number, total: number, perSecond: number): number | null {
  if (total <= done) return 0;
  return perSecond > 0 ? ((total - done) / perSecond) * 1000 : null;
}
