import { isSluiceError, SluiceError } from '../../errors/index.ts';
import type { RunState } from '../run/run-state.ts';
import { repeat } from '../run/upkeep.ts';
import { storedControl } from './control-requests.ts';
import { type IndexControl, isOpen, sameGeneration } from './index-control.ts';
import type { LivingGenerations } from './living-generations.ts';
import type { Target } from './target.ts';

export interface SearchedWatch {
  readonly run: RunState;
  readonly living: LivingGenerations;
  readonly signal: AbortSignal;
}

/**
 * Looks now and then whether users search what they are to search, also while nobody writes. A physical
 * index that is gone ends the session, which makes it again; a name that leads elsewhere is put back.
 * Resolves when the signal aborts.
 *
 * @throws SLUICE_SINK_INDEX_GONE
 */
export async function watchSearched({ run, living, signal }: SearchedWatch): Promise<void> {
  const astray = new Set<Target>();
  const refused = new Map<Target, string>();
  await repeat(run.tuning.searchedMs, signal, async () => {
    for (const target of living.targets.filter(isSearched)) {
      try {
        await look(target, astray, run);
        refused.delete(target);
      } catch (error) {
        // Whoever writes to a sink that is away waits for it, or leaves it out.
        if (isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) continue;
        if (!isSluiceError(error, 'SLUICE_SINK_REFUSED')) throw error;
        const { code, message, hint } = error;
        if (refused.get(target) === message) continue;
        refused.set(target, message);
        const { index } = target.generation;
        run.observer.warning({ code, message, index, ...(hint === undefined ? {} : { hint }) });
      }
    }
  });
}

/** Users are to search it, and no promotion is under way. */
function isSearched({ wanted, awaitsPromotion, missed, retired, record }: Target): boolean {
  return wanted && !awaitsPromotion && !missed && !retired && record.seeded && record.dropping !== true;
}

async function look(target: Target, astray: Set<Target>, { observer }: RunState): Promise<void> {
  const { generation, sink } = target;
  const { generations, records } = sink.sink;
  if (generations === undefined || records === undefined) return;
  const led = await generations.promoted(generation.index);
  if (sameGeneration(led, generation)) {
    astray.delete(target);
    return;
  }
  const control = await storedControl(records, generation.index);
  // Decided only after all answers: a promotion may have been carried out while they were waited for.
  if (!isSearched(target) || !isSettled(control, target)) {
    astray.delete(target);
    return;
  }
  if (!(await generations.exists(generation))) {
    if (!isSearched(target)) return;
    const message = `the physical index of ${target.id}, which users search, is gone from sink "${sink.name}"`;
    throw new SluiceError('SLUICE_SINK_INDEX_GONE', message);
  }
  // Seen twice, a while apart: whoever moves it at this moment puts that on record until then.
  if (!astray.has(target)) {
    astray.add(target);
    return;
  }
  astray.delete(target);
  // Whoever was halted since it looked must not act on it.
  await target.confirm();
  if (!isSearched(target)) return;
  await generations.promote(generation);
  observer.promoted({ index: generation.index, sink: sink.name, generation: generation.number });
  observer.warning({
    code: 'SLUICE_SINK_ALIAS_MOVED',
    message: `what users search as "${generation.index}" in sink "${sink.name}" led ${led === null ? 'nowhere' : `to generation ${led.number}`}; it leads to generation ${generation.number} again`,
    index: generation.index,
  });
}

/** It is on record that this generation is in use, and nobody asked for anything that is not carried out yet. */
function isSettled(control: IndexControl | null, { generation }: Target): boolean {
  if (control === null || isOpen(control.request)) return false;
  const { choice, inUse } = control;
  return (
    sameGeneration(inUse, generation) && (choice === null || sameGeneration(choice.generation, generation))
  );
}
