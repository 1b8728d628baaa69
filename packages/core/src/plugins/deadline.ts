/** How long plugin code may take to load, to check its options or to start, in ms. */
export const pluginDeadline = 30_000;

/**
 * What the promise resolves to, unless the time is over or the signal aborts before. The promise goes
 * on by itself then, and its failure is nobody's: see to what it makes.
 *
 * @param timeout In ms.
 * @throws what `late` makes when the time is over; the signal's reason.
 */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  timeout: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<Value> {
  let interrupt: (reason: unknown) => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject;
  });
  const abort = (): void => interrupt(signal?.reason);
  const timer = setTimeout(() => interrupt(late()), timeout);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, interrupted]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
