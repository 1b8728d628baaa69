import type { CaptureRequirements, Observer } from '../../contracts/index.ts';
import type { Pipeline } from '../delivery/pipeline.ts';
import type { PositionKeeper } from '../delivery/position-keeper.ts';
import type { Target } from '../generations/target.ts';
import { SessionRestart } from '../run/upkeep.ts';
import { following } from './capture-record.ts';
import type { NamedCapture } from './captures.ts';

export interface SwitchOptions {
  /** What the session follows, and goes on following meanwhile. */
  readonly from: NamedCapture;
  readonly to: NamedCapture;
  readonly required: CaptureRequirements;
  readonly pipeline: Pipeline;
  readonly keeper: PositionKeeper;
  /** Whether anything may be made in the source. If not, the new one is there already. */
  readonly provision: boolean;
  readonly targets: readonly Target[];
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
}

/**
 * Changes to another capture without a gap. First the new one is made, and every writer that it may
 * miss is waited for: from then on it keeps every change. Then a barrier of the old one is taken and
 * becomes durable in every sink: all that came before is there. Then the records name the new one, and
 * the session ends for one that follows it. What comes from both is built twice, to the same effect.
 *
 * A crash before the records leaves what was, one between two of them is undone at the next start (the
 * old capture has let go of nothing), and one after them is done but for the removal of the old one,
 * which the records still name.
 *
 * Never resolves: rejects with `SessionRestart`, or what failed.
 */
export async function switchCapture(options: SwitchOptions): Promise<never> {
  const { from, to, required, pipeline, keeper, provision, targets, observer, signal } = options;
  const waiting = { signal, onWait: (message: string) => observer.info({ message }) };
  const step = (message: string) => observer.info({ message: `switch to ${to.plugin.name}: ${message}` });

  step(provision ? 'making what it needs in the source' : 'the source has what it needs');
  if (provision) await to.capture.provision(required, waiting);
  await to.capture.settled(waiting);
  step(`it keeps every change from here on; waiting for what ${from.plugin.name} has before`);
  await pipeline.fullBarrier(signal);
  await keeper.close(signal);
  const identity = await to.capture.identity();
  const position = await to.capture.acknowledged();
  step('everything before is in every sink; writing it down');
  for (const target of requiredFirst(targets)) {
    // An optional sink that missed something still names the old one, and is reconciled for it.
    if (target.missed) continue;
    await target.update((record) => ({
      ...record,
      capture: following(record.capture, to.plugin, { identity, position }),
    }));
  }
  throw new SessionRestart(`the indexes follow ${to.plugin.name} from here on`);
}

function requiredFirst(targets: readonly Target[]): readonly Target[] {
  return [...targets.filter(({ sink }) => sink.required), ...targets.filter(({ sink }) => !sink.required)];
}
