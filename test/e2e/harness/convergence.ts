import { setTimeout as delay } from 'node:timers/promises';
import { longer } from '../../support/wait.ts';

export interface ConvergenceOptions {
  /** How what is held differs from what is expected now; throws where nothing more can be hoped for. */
  readonly look: () => Promise<readonly string[]>;
  /** Resolves when everything that was committed before has gone through Sluice. */
  readonly settled: () => Promise<void>;
  readonly deadlineMs?: number | undefined;
}

/**
 * Resolves when the documents are right and stay right after everything committed has passed: a late
 * write that undoes a newer one is a failure too.
 *
 * @throws Error with the first differences
 */
export async function convergence({ look, settled, deadlineMs = 90_000 }: ConvergenceOptions): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  // One look afterwards costs less than many on the way. What keeps it from passing shows below.
  await settled().catch(() => undefined);
  let left = await look();
  let between = 30;
  while (left.length > 0 && performance.now() < deadline) {
    await delay(between);
    between = longer(between);
    left = await look();
  }
  if (left.length > 0) throw new Error(`Not in step after ${deadlineMs} ms:\n  ${left.join('\n  ')}`);
  await settled();
  const later = await look();
  if (later.length > 0) throw new Error(`Was in step, then was not:\n  ${later.join('\n  ')}`);
}
