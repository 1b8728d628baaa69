import { inspect, isDeepStrictEqual } from 'node:util';
import { type ErrorCode, isSluiceError } from '../errors/index.ts';

/** Throws, naming both, where `seen` is not deeply equal to `expected`. */
export function expectEqual(seen: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Error(`${what}: expected ${show(expected)}, saw ${show(seen)}`);
  }
}

export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Throws where `call` resolves, or rejects with another error. */
export async function expectCode(call: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const outcome = await outcomeOf(call);
  if (outcome.kind === 'resolved') {
    throw new Error(`${what}: expected ${code}, but it resolved to ${show(outcome.value)}`);
  }
  if (!isSluiceError(outcome.error, code)) {
    throw new Error(`${what}: expected ${code}, saw ${show(outcome.error)}`, { cause: outcome.error });
  }
}

export type Outcome =
  | { readonly kind: 'resolved'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly error: unknown };

export function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then(
    (value) => ({ kind: 'resolved', value }),
    (error: unknown) => ({ kind: 'rejected', error }),
  );
}

function show(value: unknown): string {
  if (value instanceof Error) return 'code' in value ? `${value.code} (${value.message})` : String(value);
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}
