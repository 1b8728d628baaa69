import { EndedBySignal } from '../signals.ts';

/**
 * Something kept a comparison from being made. Never exit code 1, whatever it was: that says that the
 * comparison was made, and found a difference.
 */
export class ComparisonFailed extends Error {
  override readonly name = 'ComparisonFailed';

  constructor(cause: unknown) {
    super('The comparison could not be made.', { cause });
  }
}

/** @throws the error as what kept a comparison from being made; an end by a signal as it is */
export function failComparison(error: unknown): never {
  throw error instanceof EndedBySignal ? error : new ComparisonFailed(error);
}
