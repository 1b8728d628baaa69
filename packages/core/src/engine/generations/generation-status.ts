import type { GenerationRecord } from './generation-record.ts';

/**
 * `searchable`: complete, and every change reaches it. `filling`: never complete yet. `reconciling`: what
 * it may have missed is looked for. `behind`: left behind while others went on. `left out`: an optional
 * sink that does not answer.
 */
export type FollowedState = 'searchable' | 'filling' | 'reconciling' | 'behind' | 'left out';

/** One index in one sink, for people and programs; the same whoever asks. */
export interface GenerationStatus {
  readonly index: string;
  readonly sink: string;
  readonly required: boolean;
  readonly generation: number;
  readonly hash: string;
  readonly state: FollowedState;
  /** Why it is filled, reconciled or behind; null where there is no reason to tell. */
  readonly reason: string | null;
  /** Ranges of the scan in progress; null where there is none, or it has not begun. */
  readonly scan: { readonly rows: number; readonly ranges: number; readonly finished: number } | null;
  readonly capture: string | null;
  /** Everything up to here is durable in it; null before the first. */
  readonly position: string | null;
  /** Who writes it, as it said itself; null where nobody does. */
  readonly writer: string | null;
}

/** What a record says of a generation. Pure. */
export function generationStatus({
  sink,
  required,
  record,
  missed = false,
}: {
  readonly sink: string;
  readonly required: boolean;
  readonly record: GenerationRecord;
  readonly missed?: boolean;
}): GenerationStatus {
  const { scan, requested, capture, lease } = record;
  return {
    index: record.index,
    sink,
    required,
    generation: record.number,
    hash: record.hash,
    state: stateOf(record, missed),
    reason: record.behind ?? scan?.reason ?? requested?.reason ?? null,
    scan:
      scan === null || scan.boundaries === null
        ? null
        : { rows: scan.rows, ranges: scan.boundaries.length + 1, finished: scan.finished.length },
    capture: capture.plugin?.name ?? null,
    position: capture.position,
    writer: lease?.told ?? null,
  };
}

function stateOf({ behind, seeded, scan, requested }: GenerationRecord, missed: boolean): FollowedState {
  if (missed) return 'left out';
  if (behind !== null) return 'behind';
  if (!seeded) return 'filling';
  return scan === null && requested === null ? 'searchable' : 'reconciling';
}
