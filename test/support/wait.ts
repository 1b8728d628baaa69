import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Completes the sentence "Waited in vain for …". */
  readonly what: string;
  /** Default 60 s: it only bounds a failure, and a busy machine takes its time. */
  readonly deadlineMs?: number;
  /** Between two looks. Default: 10 ms at first, then longer, so that many who wait leave the work its time. */
  readonly intervalMs?: number;
}

const firstIntervalMs = 10;
const longestIntervalMs = 200;

/** The time between two looks after `intervalMs`. */
export function longer(intervalMs: number): number {
  return Math.min(intervalMs * 1.3, longestIntervalMs);
}

/**
 * Looks until `condition` gives something truthy, and gives that back. A condition that throws is false
 * so far: the last error becomes the cause.
 *
 * @throws Error after the deadline, saying what was waited for and what was seen last
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, deadlineMs = 60_000, intervalMs }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs;
  let between = intervalMs ?? firstIntervalMs;
  for (;;) {
    let seen: T | undefined;
    let cause: unknown;
    try {
      seen = await condition();
      if (seen) return seen;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const last = cause instanceof Error ? cause.message : JSON.stringify(seen);
      throw new Error(`Waited in vain for ${what}, ${deadlineMs} ms; last seen: ${last}`, { cause });
    }
    await delay(between);
    if (intervalMs === undefined) between = longer(between);
  }
}
