import type { BulkLimits } from './plan-bulks.ts';

/** How much is sent at once, and how many bulks at a time. */
export interface Pace extends BulkLimits {
  readonly concurrency: number;
}

const smallestBytes = 64 * 1024;

/** After "too many requests": half of everything. */
export function slower(pace: Pace): Pace {
  return {
    documents: half(pace.documents, 1),
    bytes: half(pace.bytes, Math.min(smallestBytes, pace.bytes)),
    concurrency: half(pace.concurrency, 1),
  };
}

/** After "too large": half the bytes, of a bulk that was this large. */
export function lighter(pace: Pace, sent: number): Pace {
  const bytes = half(Math.min(pace.bytes, sent), Math.min(smallestBytes, pace.bytes));
  return { ...pace, bytes };
}

/** After a bulk without complaint: a sixteenth of the ceiling more, so full pace returns after some 16 bulks. */
export function faster(pace: Pace, ceiling: Pace): Pace {
  if (pace === ceiling) return pace;
  const grown = {
    documents: step(pace.documents, ceiling.documents),
    bytes: step(pace.bytes, ceiling.bytes),
    concurrency: step(pace.concurrency, ceiling.concurrency),
  };
  const full =
    grown.documents === ceiling.documents &&
    grown.bytes === ceiling.bytes &&
    grown.concurrency === ceiling.concurrency;
  return full ? ceiling : grown;
}

function half(value: number, floor: number): number {
  return Math.max(floor, value >> 1);
}

function step(value: number, ceiling: number): number {
  return Math.min(ceiling, value + Math.max(1, ceiling >> 4));
}

/**
 * How long to wait before try `attempt` (1, 2, …), in ms: what the server asked for (`Retry-After`,
 * seconds or a date), else growing from 100 ms to 3 s, jittered. `random` in [0, 1).
 */
export function retryDelay(attempt: number, retryAfter: unknown, now: number, random: number): number {
  const asked = retryAfterDelay(retryAfter, now);
  if (asked !== null) return asked;
  const ceiling = Math.min(3000, 100 * 2 ** (attempt - 1));
  return ceiling * (0.5 + random / 2);
}

function retryAfterDelay(header: unknown, now: number): number | null {
  if (typeof header !== 'string' || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
