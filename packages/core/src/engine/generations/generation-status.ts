import type { GenerationRecord } from './generation-record.ts';

/**
 * `searchable`: complete, and every change reaches it. `filling`: never complete yet. `reconciling`: what
 * it may have missed is looked for. `stopped`: nothing is written to it until somebody mends what stopped
 * it, and the source keeps what it misses. `behind`: stopped, and let go of after its `hold_limit`.
 * `left out`: an optional sink that does not answer.
 */
export type FollowedState = (typeof followedStates)[number];

export const followedStates = [
  'searchable',
  'filling',
  'reconciling',
  'stopped',
  'behind',
  'left out',
] as const;

/** One index in one sink, for people and programs; the same whoever asks. */
export interface GenerationStatus {
  readonly index: string;
  readonly sink: string;
  readonly required: boolean;
  readonly generation: number;
  readonly hash: string;
  readonly state: FollowedState;
  /** It was filled once: users may search it, whatever its state is now. */
  readonly complete: boolean;
  /** Why it is filled, reconciled, stopped or behind; null where there is no reason to tell. */
  readonly reason: string | null;
  /** Ranges of the scan in progress; null where there is none, or it has not begun. */
  readonly scan: { readonly rows: number; readonly ranges: number; readonly finished: number } | null;
  readonly capture: string | null;
  /** Everything up to here is durable in it; null before the first. */
  readonly position: string | null;
  /** Who writes it, as it said itself; null where nobody does. */
  readonly writer: string | null;
}

/**
 * What a record says of a generation. Pure.
 *
 * @param stopped What the process that writes it knows; without it, what was recorded last
 */
export function generationStatus({
  sink,
  required,
  record,
  missed = false,
  stopped = record.stopped,
}: {
  readonly sink: string;
  readonly required: boolean;
  readonly record: GenerationRecord;
  readonly missed?: boolean;
  readonly stopped?: string | null | undefined;
}): GenerationStatus {
  const { scan, requested, capture, lease } = record;
  return {
    index: record.index,
    sink,
    required,
    generation: record.number,
    hash: record.hash,
    state: missed ? 'left out' : stateOf(record, stopped),
    complete: record.seeded,
    reason: record.behind ?? stopped ?? scan?.reason ?? requested?.reason ?? null,
    scan:
      scan === null || scan.boundaries === null
        ? null
        : { rows: scan.rows, ranges: scan.boundaries.length + 1, finished: scan.finished.length },
    capture: capture.plugin?.name ?? null,
    position: capture.position,
    writer: lease?.told ?? null,
  };
}

function stateOf(
  { behind, seeded, scan, requested }: GenerationRecord,
  stopped: string | null | undefined,
): FollowedState {
  // What was left behind is brought in step by the next start, which is no longer stopped.
  if (behind !== null && stopped !== null) return 'behind';
  if (typeof stopped === 'string') return 'stopped';
  if (!seeded) return 'filling';
  return scan === null && requested === null ? 'searchable' : 'reconciling';
}
