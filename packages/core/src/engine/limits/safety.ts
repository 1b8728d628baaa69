import { formatAge, formatByteSize } from '../../config/units.ts';
import type { CaptureHealth, SafetyLevel } from '../../contracts/index.ts';

/** How much the source may keep for Sluice, and what happens then; as `source.limits` in a configuration. */
export interface SafetyLimits {
  readonly warnBytes: number;
  readonly warnAgeMs: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly atLimit: 'keep' | 'release';
  /** How long a limit must have been passed before anything is let go, in ms. */
  readonly releaseAfterMs: number;
}

export interface SafetyVerdict {
  readonly level: SafetyLevel;
  /** What is over its level, for people; empty where nothing is. */
  readonly reasons: readonly string[];
}

/** A level that was reached is left again only this far below it: what hovers is told of once. */
const leaveAt = 0.8;

const ranks: Readonly<Record<SafetyLevel, number>> = { fine: 0, warning: 1, limit: 2 };

/** How much of what is allowed is used up. Pure. */
export function judgeSafety(
  { retainedBytes = 0, oldestAge = 0, state, reason }: CaptureHealth,
  limits: SafetyLimits,
  former: SafetyLevel,
): SafetyVerdict {
  const over = (level: SafetyLevel, bytes: number, age: number, [byBytes, byAge]: [string, string]) => {
    const share = ranks[former] >= ranks[level] ? leaveAt : 1;
    return [
      ...(retainedBytes > bytes * share
        ? [`${formatByteSize(retainedBytes)} are kept, with \`${byBytes}\` at ${formatByteSize(bytes)}`]
        : []),
      ...(oldestAge > age * share
        ? [`the oldest change waits since ${formatAge(oldestAge)}, with \`${byAge}\` at ${formatAge(age)}`]
        : []),
    ];
  };
  const limit = over('limit', limits.maxBytes, limits.maxAgeMs, ['max_bytes', 'max_age']);
  if (limit.length > 0) return { level: 'limit', reasons: limit };
  const endangered = state === 'endangered' ? [reason ?? 'the source is about to let go of it'] : [];
  const warning = [
    ...endangered,
    ...over('warning', limits.warnBytes, limits.warnAgeMs, ['warn_bytes', 'warn_age']),
  ];
  return warning.length > 0 ? { level: 'warning', reasons: warning } : { level: 'fine', reasons: [] };
}

/** A level is told of when it is reached from below, not on the way down to it. */
export function rises(from: SafetyLevel, to: SafetyLevel): boolean {
  return ranks[to] > ranks[from];
}

/** What a person can do about it, and what comes of it otherwise. */
export function safetyHint({ atLimit }: SafetyLimits, { reason, state }: CaptureHealth): string {
  const cause = reason === undefined || state === 'endangered' ? [] : [`Cause: ${reason}.`];
  const consequence =
    atLimit === 'keep'
      ? 'With `at_limit: keep` nothing is let go of: it grows until the sinks take documents again, and fills the disk of the source at last. With `at_limit: release` it would be let go of at the limit, and the indexes reconciled.'
      : 'With `at_limit: release` it is let go of at the limit, and every index is reconciled then.';
  return [...cause, '`sluice status` tells which sink or index holds it up.', consequence].join(' ');
}
