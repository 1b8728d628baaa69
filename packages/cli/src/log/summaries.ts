/** What happens often is told of once in so many ms at most. */
const summaryEvery = 10_000;

type Sums = Readonly<Record<string, number>>;

interface Pending {
  sums: Sums | null;
  tell: (sums: Sums) => void;
  readonly timer: NodeJS.Timeout;
}

/** Sums up what happens thousands of times a second. */
export interface Summaries {
  /**
   * Tells at once where it was quiet before under this key, and else later, with what was added
   * meanwhile. Whatever is told later is told by the newest `tell`.
   */
  add(key: string, sums: Sums, tell: (sums: Sums) => void): void;
  /** Tells of everything that waits. */
  flush(): void;
}

export function summaries(): Summaries {
  const pending = new Map<string, Pending>();
  const flushOne = (key: string) => {
    const entry = pending.get(key);
    pending.delete(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    if (entry.sums !== null && Object.values(entry.sums).some((sum) => sum > 0)) entry.tell(entry.sums);
  };
  return {
    add(key, sums, tell) {
      const entry = pending.get(key);
      if (entry !== undefined) {
        entry.sums = entry.sums === null ? sums : added(entry.sums, sums);
        entry.tell = tell;
        return;
      }
      tell(sums);
      const timer = setTimeout(() => flushOne(key), summaryEvery);
      timer.unref();
      pending.set(key, { sums: null, tell, timer });
    },
    flush() {
      for (const key of [...pending.keys()]) flushOne(key);
    },
  };
}

function added(one: Sums, other: Sums): Sums {
  return Object.fromEntries(Object.entries(one).map(([name, sum]) => [name, sum + (other[name] ?? 0)]));
}
