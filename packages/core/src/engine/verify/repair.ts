import type { Observer } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { deliver, EpochConflict, type VersionClock } from '../delivery/delivery.ts';
import { thisMoment } from '../delivery/moment.ts';
import { restarted } from '../generations/record-changes.ts';
import type { Target } from '../generations/target.ts';
import { fanOut } from '../run/observers.ts';
import type { BarrierWait } from './barrier-wait.ts';
import { patiently } from './patience.ts';
import { type SettleContext, settle } from './settle.ts';
import type { Difference } from './verify-options.ts';
import { generationGone, type VerifyTarget } from './verify-target.ts';

/** Documents built and written at once. */
const repairPage = 250;
/** Epochs fit the upper bits of a signed 64-bit version: see `encodeVersion`. */
const mostEpochs = 2 ** 15;

/** Kinds that writing the document as it is now mends. */
const mendable: ReadonlySet<Difference['kind']> = new Set(['missing', 'extra', 'stale', 'type', 'different']);

/** A difference that could not be mended, perhaps because the sink refuses the document. */
export interface LeftDifference extends Difference {
  readonly rejected?: string;
}

/** What is still wrong after these documents were built again, written by the engine's rules, and read back. */
export async function mend(
  differences: readonly Difference[],
  context: SettleContext & { readonly versions: VersionClock },
): Promise<readonly LeftDifference[]> {
  const wrong = differences.filter(({ kind }) => mendable.has(kind));
  const left: LeftDifference[] = [];
  if (wrong.length === 0) return differences;
  const rejected = new Map<string, string>();
  const observer = fanOut([{ rejected: ({ id, reason }) => rejected.set(id, reason) }]);
  const open = await context.target.open(observer);
  // What is accepted answers its letter.
  await open.deadLetters?.load();
  for (let from = 0; from < wrong.length; from += repairPage) {
    const part = wrong.slice(from, from + repairPage);
    rejected.clear();
    const above = await writeAgain(part, open, observer, context);
    for (const each of await settle(part, context)) {
      const reason = rejected.get(each.id);
      if (reason !== undefined) left.push({ ...each, rejected: reason });
      // Its place remembers a delete that is newer than anything the source can say.
      else if (above !== null) left.push({ ...each, kind: 'future', heldVersion: above });
      else left.push(each);
    }
  }
  return [...differences.filter(({ kind }) => !mendable.has(kind)), ...left];
}

/** Resolves to a version that the sink holds and that the source has not reached; null: none. */
async function writeAgain(
  wrong: readonly Difference[],
  open: Target,
  observer: Required<Observer>,
  { target, builder, versions, signal }: SettleContext & { readonly versions: VersionClock },
): Promise<bigint | null> {
  const { plan, index } = target;
  const readAt = thisMoment();
  const documents = await patiently(() => builder.build(plan, wrong, () => undefined), signal);
  // A document that the sink refuses must not keep the others from being mended.
  const policy = index.onReject === 'stop' ? 'skip' : index.onReject;
  const delivery = { target: open, plan, policy, documents, readAt, origin: 'scan' } as const;
  try {
    await deliver(delivery, { builder, observer, versions, signal });
    if (open.missed) {
      throw new SluiceError(
        'SLUICE_SINK_UNAVAILABLE',
        `sink "${open.sink.name}" did not take what was to be mended`,
      );
    }
    return null;
  } catch (error) {
    if (!(error instanceof EpochConflict)) throw error;
    return error.held;
  }
}

/**
 * What stands above every version of this source can only be written over from a higher epoch: that is
 * put on record, and whoever follows the generation reconciles it; the next one who does, where nobody
 * does now. Resolves to whether it is done.
 */
export async function restartEpoch(
  target: VerifyTarget,
  highest: bigint,
  barrier: Pick<BarrierWait, 'followed'>,
  signal: AbortSignal,
): Promise<'reconciled' | 'requested' | 'impossible'> {
  const above = Number(highest >> 48n) + 1;
  if (above >= mostEpochs) return 'impossible';
  const observer = fanOut([]);
  const reason = `it holds version ${highest}, which this source has not reached: something else wrote to it`;
  await target.change(observer, (record) => ({
    ...restarted(record, reason),
    epoch: Math.max(above, record.epoch + 1),
  }));
  for (;;) {
    const record = await patiently(() => target.reload(), signal);
    if (record === null) throw generationGone(target.label);
    if (record.scan === null && record.requested === null) return 'reconciled';
    if (!(await barrier.followed(record))) return 'requested';
    await delay(500, signal);
  }
}
