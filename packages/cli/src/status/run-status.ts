import type { SourceLimits } from '@sluice/core/config';
import {
  type CaptureSafety,
  type FollowedGeneration,
  type GenerationStatus,
  generationStatus,
  type RunControl,
} from '@sluice/core/engine';
import type { ProgressSnapshot } from '../run/progress.ts';

/** What the source keeps for one capture. */
export interface CaptureStatus {
  readonly capture: string;
  readonly state: string;
  readonly level: string;
  readonly reason: string | null;
  readonly heldBy: string | null;
  readonly retainedBytes: number | null;
  readonly changes: number | null;
  /** Age of the oldest change that waits; null where none does, or that is not known while nobody reads. */
  readonly oldestAgeMs: number | null;
  /** For how long nobody has read what waits, where that is all that is known of its age. */
  readonly unreadMs: number | null;
  readonly sourceLimitBytes: number | null;
  readonly safeBytes: number | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** What is the same whoever asks: the running process, or a command beside it. */
export interface DeploymentStatus {
  readonly captures: readonly CaptureStatus[];
  readonly limits: SourceLimits;
  readonly indexes: readonly GenerationStatus[];
}

/** What a running process says of itself. Keys stay; there may be more of them later. */
export interface RunStatus extends DeploymentStatus {
  /** Every required index can be searched by users, and is followed: in the generation in use, or in an older complete one. */
  readonly ready: boolean;
  readonly phase: string;
  readonly elapsedMs: number;
  readonly documents: {
    readonly written: number;
    readonly deleted: number;
    readonly rejected: number;
    readonly perSecond: number;
  };
  /** Documents that are put aside. */
  readonly deadLetters: number;
  /** Median ms from commit to durable of the newest changes. */
  readonly latencyMs: number | null;
  readonly fills: ProgressSnapshot['fills'];
  readonly waiting: ProgressSnapshot['waiting'];
  readonly warning: ProgressSnapshot['warning'];
}

export function captureStatus({ capture, health, level }: CaptureSafety): CaptureStatus {
  const { unread_ms: unread } = health.details;
  const unreadMs = typeof unread === 'number' ? unread : null;
  return {
    capture,
    state: health.state,
    level,
    reason: health.reason ?? null,
    heldBy: health.heldBy ?? null,
    retainedBytes: health.retainedBytes ?? null,
    changes: health.changes ?? null,
    oldestAgeMs: unreadMs === null ? (health.oldestAge ?? null) : null,
    unreadMs,
    sourceLimitBytes: health.sourceLimitBytes ?? null,
    safeBytes: health.safeBytes ?? null,
    details: health.details,
  };
}

/** The status of the process at one moment. Pure, but for what the sources give. */
export function runStatus(
  progress: ProgressSnapshot,
  control: Pick<RunControl, 'generations' | 'safety'> | null,
  limits: SourceLimits,
  enabled: readonly string[],
): RunStatus {
  const generations = control?.generations() ?? [];
  const indexes = generations.map((each) => generationStatus(each));
  const followed = new Set(indexes.map(({ index }) => index));
  const {
    phase,
    elapsed,
    written,
    deleted,
    rejected,
    perSecond,
    deadLetters,
    latency,
    fills,
    waiting,
    warning,
  } = progress;
  return {
    ready:
      (phase === 'live' || phase === 'backfilling') &&
      allServed(generations) &&
      enabled.every((name) => followed.has(name)),
    phase,
    elapsedMs: elapsed,
    documents: { written, deleted, rejected, perSecond },
    deadLetters,
    latencyMs: latency,
    captures: (control?.safety() ?? []).map(captureStatus),
    limits,
    indexes,
    fills,
    waiting,
    warning,
  };
}

/** Whether users of every index in a required sink search a generation that is complete and followed. */
function allServed(generations: readonly FollowedGeneration[]): boolean {
  const places = new Map<string, FollowedGeneration[]>();
  for (const each of generations) {
    if (!each.required) continue;
    const place = `${each.sink}/${each.record.index}`;
    places.set(place, [...(places.get(place) ?? []), each]);
  }
  return [...places.values()].every((all) => {
    const inUse = all.filter((each) => each.inUse);
    return (inUse.length > 0 ? inUse : all).some(isServed);
  });
}

function isServed(generation: FollowedGeneration): boolean {
  const { complete, state } = generationStatus(generation);
  return complete && (state === 'searchable' || state === 'reconciling');
}
