import type { ChangeCapture, DocumentBuilder, Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import { driftError } from '../binding.ts';
import type { Lane } from '../delivery/lane.ts';
import { restarted } from '../generations/record-changes.ts';
import type { Target, TargetSink } from '../generations/target.ts';
import type { EngineIndex } from './run-options.ts';
import type { SinkReturns } from './run-state.ts';

const holdsMs = 5_000;
/** A sink that keeps coming back is asked this seldom at last. */
const seldomMs = 600_000;
/** A sink that did not fail for this long counts as well again. */
const stayedMs = 120_000;
const catalogMs = 60_000;

/** The session must begin again to see what changed; nothing is wrong. */
export class SessionRestart extends Error {
  override readonly name = 'SessionRestart';
}

export interface UpkeepContext {
  readonly lanes: readonly Lane[];
  readonly capture: ChangeCapture;
  readonly documents: DocumentBuilder;
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
  /** How often sinks that are left out are asked. */
  readonly probeMs: number;
  /** Has everything written to it once more; resolves when that cannot be lost. */
  readonly rescan: (target: Target) => Promise<void>;
}

/**
 * A sink that answers again gets a new session, which sees by its records what it missed; one
 * without records gets every document again. One that keeps coming back without staying is waited for longer
 * and longer, since every new session holds up the others for a moment. Resolves when the signal aborts.
 */
export async function watchSinks(
  absent: readonly TargetSink[],
  returns: Map<string, SinkReturns>,
  context: UpkeepContext,
): Promise<void> {
  const { lanes, observer, signal, rescan, probeMs } = context;
  const returnDelay = (count: number) =>
    count === 0 ? 0 : nextDelay(count, 0, { firstMs: probeMs, maxMs: seldomMs });
  await repeat(probeMs, signal, async () => {
    const missed = lanes.flatMap(({ targets }) => targets).filter((target) => target.missed);
    for (const sink of new Set([...absent, ...missed.map((target) => target.sink)])) {
      const last = returns.get(sink.name) ?? { count: 0, at: Number.NEGATIVE_INFINITY };
      if (Date.now() - last.at < returnDelay(last.count) || !(await answersNow(sink))) continue;
      const stayed = Date.now() - last.at > 2 * returnDelay(last.count) + stayedMs;
      returns.set(sink.name, { count: stayed ? 1 : last.count + 1, at: Date.now() });
      observer.recovered({ what: 'sink', name: sink.name });
      if (sink.sink.records !== undefined)
        throw new SessionRestart(`the optional sink "${sink.name}" answers again`);
      for (const target of missed.filter((each) => each.sink === sink)) {
        target.missed = false;
        await rescan(target);
      }
    }
  });
}

async function answersNow(sink: TargetSink): Promise<boolean> {
  try {
    await sink.sink.records?.list();
    return true;
  } catch (error) {
    if (isSluiceError(error)) return false;
    throw error;
  }
}

/** A table that no longer fits stops its index before a document is wrong. */
export async function watchCatalog({ lanes, documents, signal }: UpkeepContext): Promise<void> {
  await repeat(catalogMs, signal, async () => {
    const going = lanes.filter((lane) => lane.stopped === null && lane.serves);
    const results = await documents.bind(going.map(({ plan }) => plan.schema));
    for (const [position, lane] of going.entries()) {
      const result = results[position];
      if (result === undefined || result.plan !== null) continue;
      lane.stop(driftError(result));
    }
  });
}

/** A stopped index holds back the source for a while; then its gap goes on record and the others go on. */
export async function watchHolds(indexes: readonly EngineIndex[], context: UpkeepContext): Promise<void> {
  const { lanes, capture, observer, signal } = context;
  const since = new Map<Lane, number>();
  await repeat(holdsMs, signal, async () => {
    for (const lane of lanes) {
      const { stopped: reason } = lane;
      if (reason === null || !lane.holdsBack) continue;
      const began = since.get(lane) ?? Date.now();
      since.set(lane, began);
      const limit = indexes.find(({ schema }) => schema.index === lane.index)?.holdLimit;
      if (limit === undefined) continue;
      const { bytes = 0 } = await capture.lag();
      if (Date.now() - began < limit.ageMs && bytes < limit.bytes) continue;
      await leaveBehind(lane, reason);
      observer.warning({
        code: reason.code,
        message: `index "${lane.index}" was stopped for too long and is left behind: it is reconciled at the next start`,
        index: lane.index,
      });
    }
  });
}

/** Puts on record that the index must be reconciled; from then on it holds nothing back. */
export async function leaveBehind(lane: Lane, reason: Error): Promise<void> {
  for (const target of lane.targets) {
    await target.update((record) => ({
      ...restarted(record, 'it was stopped and left behind'),
      behind: reason.message,
    }));
  }
  lane.letGo();
}

/** Does the task again and again until the signal aborts, and then resolves. */
export async function repeat(everyMs: number, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await delay(everyMs, signal);
    } catch {
      return;
    }
    await task();
  }
}
