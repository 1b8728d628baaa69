import { setTimeout as delay } from 'node:timers/promises';

export interface WaitUntilOptions {
  /** Completes the sentence "Waited in vain for …". */
  readonly what: string;
  /** Default 30 s: it only bounds a failure, and a busy machine takes its time. */
  readonly patienceMs?: number | undefined;
}

/** Looks every few milliseconds until the condition holds; throws, saying what was waited for, when it never does. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { what, patienceMs = 30_000 }: WaitUntilOptions,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}, ${patienceMs} ms`);
    await delay(5);
  }
}
