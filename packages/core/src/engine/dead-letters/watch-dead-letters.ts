import type { Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { Target } from '../generations/target.ts';
import { repeat, type UpkeepContext } from '../run/upkeep.ts';

/** How soon letters that somebody discarded or tried again from a command line are no longer counted. */
const lookEveryMs = 15_000;

/** Learns which letters there are, before anything is written: what is written may answer one. */
export async function loadDeadLetters(
  targets: readonly Target[],
  observer: Required<Observer>,
): Promise<void> {
  await Promise.all(targets.map((target) => loadOne(target, observer)));
}

async function loadOne(target: Target, observer: Required<Observer>): Promise<void> {
  try {
    await target.deadLetters?.load();
    await target.deadLetters?.removeAnswered();
    target.deadLetters?.tell(observer);
  } catch (error) {
    if (!target.leaveOut(error)) throw error;
  }
}

/** Looks again at the letters that there are. Resolves when the signal aborts. */
export async function watchDeadLetters({ lanes, observer, signal }: UpkeepContext): Promise<void> {
  await repeat(lookEveryMs, signal, async () => {
    for (const { deadLetters } of lanes.flatMap(({ targets }) => targets)) {
      if (deadLetters === null || deadLetters.none || !deadLetters.remembered) continue;
      try {
        const before = deadLetters.total;
        await deadLetters.load();
        if (deadLetters.total !== before) deadLetters.tell(observer);
      } catch (error) {
        // Whoever writes finds out what is wrong with the sink; this was a look.
        if (!isSluiceError(error)) throw error;
      }
    }
  });
}
