import type { Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { Target } from '../generations/target.ts';
import { repeat, type UpkeepContext } from '../run/upkeep.ts';

/** How soon letters that somebody discarded or tried again from a command line are no longer counted. */
const lookEveryMs = 15_000;
/** Every so many looks, five minutes, is a whole one. */
const wholeEvery = 20;
/** Documents read back in a whole look, at most: they come with their bodies. */
const mostReadBack = 1_000;

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
  let turn = 0;
  await repeat(lookEveryMs, signal, async () => {
    turn += 1;
    const whole = turn % wholeEvery === 0;
    for (const target of lanes.flatMap(({ targets }) => targets)) await lookAgain(target, whole, observer);
  });
}

/**
 * Counts again what others put or removed. `whole`: also where this process knows of no letter, and without
 * those whose document was accepted before they came, which no write of this process would clear.
 */
export async function lookAgain(
  { deadLetters }: Target,
  whole: boolean,
  observer: Required<Observer>,
): Promise<void> {
  if (deadLetters === null || !deadLetters.remembered || (deadLetters.none && !whole)) return;
  try {
    const before = deadLetters.total;
    await deadLetters.load();
    if (whole && deadLetters.total <= mostReadBack) await deadLetters.removeAnswered();
    if (deadLetters.total !== before) deadLetters.tell(observer);
  } catch (error) {
    // Whoever writes finds out what is wrong with the sink; this was a look.
    if (!isSluiceError(error)) throw error;
  }
}
