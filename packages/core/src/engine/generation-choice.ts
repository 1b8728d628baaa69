import type { GenerationRecord } from './generation-record.ts';

export interface GenerationChoice {
  /** The record to go on with; null: a new generation, with this number. */
  readonly current: GenerationRecord | null;
  readonly nextNumber: number;
  /** Kept in step until `current` takes over: complete, but of another schema or settings. */
  readonly following: readonly GenerationRecord[];
  /** Never completed and no longer wanted. */
  readonly abandoned: readonly GenerationRecord[];
}

/** What to do with the generations that a sink holds of one index, given the hash now wanted. */
export function chooseGenerations(records: readonly GenerationRecord[], wanted: string): GenerationChoice {
  const newestFirst = [...records].sort((a, b) => b.number - a.number);
  const current =
    newestFirst.find((record) => record.hash === wanted && record.seeded) ??
    newestFirst.find((record) => record.hash === wanted) ??
    null;
  const others = newestFirst.filter((record) => record !== current);
  return {
    current,
    nextNumber: (newestFirst[0]?.number ?? 0) + 1,
    following: others.filter((record) => record.seeded),
    abandoned: others.filter((record) => !record.seeded),
  };
}
