import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Bytes in use after a collection. */
export function heap(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    const gc: unknown = runInNewContext('gc');
    collect = typeof gc === 'function' ? () => void gc() : () => undefined;
  }
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What is in use when it has not grown for a second. */
export async function settledHeap(measure: () => number): Promise<number> {
  let most = measure();
  for (let quiet = 0; quiet < 10; quiet += 1) {
    await delay(100);
    const now = measure();
    if (now > most + (1 << 18)) quiet = 0;
    most = Math.max(most, now);
  }
  return measure();
}
