import { setTimeout as delay } from 'node:timers/promises';
import type { RecordStore } from '@sluice/core';
import { requestReindex } from '@sluice/core/engine';

const everyMs = 500;
/** A run looks every second or two. */
const patienceMs = 8_000;

/**
 * Has the run let go of a former generation that is kept for a rollback: it writes to it, so nobody else may
 * remove it.
 *
 * @returns whether it is gone; false where nobody runs
 */
export async function releaseKept(
  store: RecordStore,
  index: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  await requestReindex(store, index, { action: 'release' });
  for (const until = performance.now() + patienceMs; performance.now() < until; ) {
    if ((await store.list()).every(({ id }) => id !== name)) return true;
    await delay(everyMs, undefined, { signal });
  }
  return false;
}
