import { setTimeout as delay } from 'node:timers/promises';

/** How `untilReady` learns that waiting longer is pointless. */
export interface Readiness<T> {
  /** Resolves when the server answers as it should; rejects as long as it does not. */
  readonly probe: () => Promise<T>;
  /** A sentence when the server has ended and will never answer. */
  readonly ended: () => string | undefined;
  readonly deadlineMs: number;
}

/**
 * Asks again and again until the server answers.
 *
 * @throws Error when it ended or the deadline passed; the cause is the last answer.
 */
export async function untilReady<T>({ probe, ended, deadlineMs }: Readiness<T>): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await probe();
    } catch (cause) {
      const end = ended();
      if (end !== undefined) throw new Error(end, { cause });
      if (performance.now() > deadline) {
        throw new Error(`it did not answer within ${deadlineMs / 1000} s`, { cause });
      }
      await delay(50);
    }
  }
}
