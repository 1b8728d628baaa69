import type { GenerationRecord } from './generation-record.ts';
import { type GenerationName, type IndexControl, nextNumber, sameGeneration } from './index-control.ts';

export interface GenerationChoice {
  /** The record to go on with; null: a new generation, with this number. */
  readonly current: GenerationRecord | null;
  readonly nextNumber: number;
  /** Kept in step: complete, but not what is wanted now. */
  readonly following: readonly GenerationRecord[];
  /** Never completed and no longer wanted, or being dropped. */
  readonly abandoned: readonly GenerationRecord[];
}

/**
 * What to do with the generations that a sink holds of one index, given the hash that the configuration
 * leads to and what was decided (nothing: null).
 */
export function chooseGenerations(
  records: readonly GenerationRecord[],
  configured: string,
  control: IndexControl | null = null,
): GenerationChoice {
  const newestFirst = [...records].sort((a, b) => b.number - a.number);
  const there = newestFirst.filter(({ dropping }) => dropping !== true);
  const chosen = control?.choice?.configured === configured ? control.choice.generation : null;
  const missing = beingMade(chosen, newestFirst, configured, control);
  const byConfiguration =
    there.find((record) => record.hash === configured && record.seeded) ??
    there.find((record) => record.hash === configured) ??
    null;
  const current =
    missing === null ? (there.find((record) => sameGeneration(record, chosen)) ?? byConfiguration) : null;
  const others = newestFirst.filter((record) => record !== current);
  const follows = (record: GenerationRecord) => record.seeded && record.dropping !== true;
  return {
    current,
    nextNumber: missing?.number ?? nextNumber(newestFirst),
    following: others.filter(follows),
    abandoned: others.filter((record) => !follows(record)),
  };
}

/** What a reindex is to make, and has not made yet. */
function beingMade(
  chosen: GenerationName | null,
  records: readonly GenerationRecord[],
  configured: string,
  control: IndexControl | null,
): GenerationName | null {
  const { request = null } = control ?? {};
  const working = request?.state === 'working' && request.action === 'reindex';
  if (!working || chosen?.hash !== configured || !sameGeneration(request.generation, chosen)) return null;
  return records.some((record) => sameGeneration(record, chosen)) ? null : chosen;
}
