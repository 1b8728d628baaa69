export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The wait before the next attempt: doubles from `firstMs` up to `maxMs`, then a random part of up
 * to half is taken off, so that many workers do not come back at the same instant.
 * `attempt` counts from 1; `random` is in [0, 1).
 */
export function nextDelay(attempt: number, random: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - random / 2));
}
