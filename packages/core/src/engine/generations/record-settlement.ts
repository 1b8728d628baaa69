import { contentHash } from '../../canonical-json.ts';
import type { Observer, Position } from '../../contracts/index.ts';
import { following, noCapture } from '../captures/capture-record.ts';
import type { NamedCapture } from '../captures/captures.ts';
import { missingChanges } from '../captures/continuity.ts';
import type { RunOptions } from '../run/run-options.ts';
import { isUntouched, restarted } from './record-changes.ts';
import type { Target } from './target.ts';

export interface SettlementOptions {
  readonly capture: NamedCapture;
  /** The capture began with this start: what happened before is unknown to it. */
  readonly created: boolean;
  readonly run: Pick<RunOptions, 'skipBackfill' | 'backfill' | 'once'>;
  readonly observer: Required<Observer>;
}

/**
 * Decides for each generation whether it goes on from where it is, or must be scanned, and puts
 * the decision on record before the stream starts. Resolves to the position that the stream goes on from.
 */
export async function settleRecords(
  targets: readonly Target[],
  options: SettlementOptions,
): Promise<Position | null> {
  const { observer } = options;
  const { capture, plugin } = options.capture;
  const identity = await capture.identity();
  const acknowledged = await capture.acknowledged();
  const comparePositions = (a: string, b: string) => capture.comparePositions(a, b);
  for (const target of targets) {
    const { record, sink } = target;
    const remembers = sink.sink.records !== undefined;
    const fresh = isUntouched(record);
    const skip = fresh && skipsFirstScan(remembers, options);
    const gap = fresh
      ? null
      : remembers
        ? missingChanges({ recorded: record.capture, capture: { identity, acknowledged }, comparePositions })
        : options.created
          ? 'the capture was made anew'
          : null;
    if (gap !== null && record.capture.identity === noCapture) {
      observer.info({ message: `index "${record.index}" in sink "${sink.name}" is reconciled: ${gap}` });
    } else if (gap !== null) {
      observer.warning({
        code: 'SLUICE_CAPTURE_LOST',
        message: `index "${record.index}" in sink "${sink.name}" missed changes and is reconciled: ${gap}`,
        index: record.index,
      });
    }
    if (skip && !remembers) {
      observer.info({
        message: `sink "${sink.name}" keeps no record: it gets the changes of "${record.index}" from here on (--backfill scans all rows again)`,
      });
    }
    if (!fresh && gap === null && remembers) {
      // Nothing is written where nothing changes: whoever leads must not lose its record to a look.
      if (contentHash(record.capture.plugin ?? null) === contentHash(plugin)) continue;
      await target.update((held) => ({ ...held, capture: following(held.capture, plugin, held.capture) }));
      continue;
    }
    await target.update((held) => ({
      ...(gap === null ? held : restarted(held, gap)),
      ...(skip ? { scan: null } : {}),
      capture: following(held.capture, plugin, { identity, position: acknowledged }),
    }));
  }
  return acknowledged;
}

/** A sink that keeps no record cannot say whether it was filled: it is when the capture is new, or when asked for. */
function skipsFirstScan(remembers: boolean, { created, run }: SettlementOptions): boolean {
  if (run.skipBackfill === true) return true;
  return !remembers && !created && run.once !== true && run.backfill !== true;
}
