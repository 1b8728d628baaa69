import { asSluiceError, SluiceError } from '@sluice/core';
import type { Origin } from './server.ts';

/** One way to get a server: `undefined` and a reason, thrown as an error, where it cannot be had so. */
export interface Attempt<T> {
  readonly origin: Origin;
  readonly start: () => Promise<T>;
}

/** An attempt that cannot work here, such as a container without a container runtime. */
export class NotHere extends Error {
  /** One line that would make this attempt work. */
  readonly remedy: string | undefined;

  constructor(reason: string, remedy?: string) {
    super(reason);
    this.name = 'NotHere';
    this.remedy = remedy;
  }
}

/**
 * The first server that can be had, in the order of `attempts`. A given URL that does not answer is
 * final: silently using another server than the one asked for would test the wrong thing.
 *
 * @throws SLUICE_SERVER_UNAVAILABLE with the reason of each attempt and the one line that would help.
 */
export async function firstAvailable<T>(what: string, attempts: readonly Attempt<T>[]): Promise<T> {
  const reasons: string[] = [];
  const remedies: string[] = [];
  let cause: unknown;
  for (const { origin, start } of attempts) {
    try {
      return await start();
    } catch (error) {
      if (origin === 'given' && !(error instanceof NotHere)) throw error;
      const { message, hint } =
        error instanceof NotHere ? { message: error.message, hint: error.remedy } : asSluiceError(error);
      reasons.push(`${origin}: ${message}`);
      if (hint !== undefined) remedies.push(hint);
      cause = error;
    }
  }
  throw new SluiceError(
    'SLUICE_SERVER_UNAVAILABLE',
    `No ${what} can be had here.\n  ${reasons.join('\n  ')}`,
    {
      hint: remedies.at(-1),
      cause,
    },
  );
}
