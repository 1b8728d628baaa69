import { isSluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';

const attempts = 8;

/** Does again what only reads, for about half a minute, where source or sink is busy or away. */
export async function patiently<Result>(read: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (attempt === attempts || !isPassing(error)) throw error;
      await delay(nextDelay(attempt, Math.random(), { firstMs: 200, maxMs: 8_000 }), signal);
    }
  }
}

export function isPassing(error: unknown): boolean {
  return isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE') || isSluiceError(error, 'SLUICE_SOURCE_UNAVAILABLE');
}
