import { SluiceError } from '@sluice/core';

/**
 * Runs `send` with a signal that aborts when the caller's does (with its reason), or after `limit` ms
 * (with `SLUICE_SINK_UNAVAILABLE`).
 */
export async function withDeadline<T>(
  caller: AbortSignal,
  limit: number,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(caller.reason);
  const timer = setTimeout(() => {
    const message = `OpenSearch did not answer a bulk within ${limit / 1000} s`;
    controller.abort(new SluiceError('SLUICE_SINK_UNAVAILABLE', message));
  }, limit);
  caller.addEventListener('abort', abort, { once: true });
  if (caller.aborted) abort();
  try {
    return await send(controller.signal);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', abort);
  }
}
