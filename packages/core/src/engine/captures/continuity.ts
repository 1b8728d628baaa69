import type { Position } from '../../contracts/index.ts';
import { noCapture } from './capture-record.ts';

export interface ContinuityQuestion {
  readonly recorded: { readonly identity: string; readonly position: Position | null };
  readonly capture: { readonly identity: string; readonly acknowledged: Position | null };
  readonly comparePositions: (a: Position, b: Position) => number;
}

/**
 * Whether a generation still has every change up to where the capture goes on. Null when it has;
 * else why changes are missing: the index must be reconciled.
 *
 * Seeded does not mean still following: while an index was disabled or a sink removed, the others
 * went on acknowledging. A position is recorded in each sink *before* it is acknowledged, so a
 * capture that is ahead of the record has let go of changes this sink never got.
 */
export function missingChanges({ recorded, capture, comparePositions }: ContinuityQuestion): string | null {
  if (recorded.identity === noCapture) return 'the last run took its capture with it';
  if (recorded.identity !== capture.identity) {
    return `it followed ${recorded.identity}, changes now come from ${capture.identity}`;
  }
  if (recorded.position === null) return 'no position was recorded for it';
  if (capture.acknowledged === null) return 'the capture does not know how far it was read';
  if (comparePositions(capture.acknowledged, recorded.position) > 0) {
    return `it has changes up to ${recorded.position}, the capture goes on from ${capture.acknowledged}`;
  }
  return null;
}
