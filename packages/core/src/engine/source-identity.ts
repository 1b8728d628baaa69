import type { SourceState } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { Lease, RecordedSource } from './generation-record.ts';

export type IdentityVerdict =
  | { readonly verdict: 'same' }
  /** The source's history restarted: raise the epoch and reconcile. */
  | { readonly verdict: 'restarted'; readonly reason: string }
  /** The history restarted, and somebody else wrote moments ago: to be judged again when that lease has run out. */
  | { readonly verdict: 'leased'; readonly reason: string }
  /** Another database, or a copy of it: nothing may be written without being told to. */
  | { readonly verdict: 'refused'; readonly reason: string };

export interface IdentityQuestion {
  readonly recorded: RecordedSource;
  readonly lease: Lease | null;
  readonly now: SourceState;
  /** This process, as lease holder. */
  readonly holder: string;
  /** ms since the epoch. */
  readonly clock: number;
}

/**
 * Whether the source in front of us is the one that a generation was written from.
 *
 * A physical copy has the same identity as its original, so host and database decide too: a
 * restored staging copy must never write into production's index in silence.
 */
export function judgeIdentity({ recorded, lease, now, holder, clock }: IdentityQuestion): IdentityVerdict {
  if (recorded.system !== now.system) {
    return refused(
      `it was written from the cluster ${recorded.system} (${recorded.host}/${recorded.database}), this is ${now.system} (${now.host}/${now.database})`,
    );
  }
  if (recorded.databaseOid !== now.databaseOid) {
    return refused(
      `it was written from the database "${recorded.database}" of this cluster, this is "${now.database}"`,
    );
  }
  const elsewhere = recorded.host !== now.host || recorded.database !== now.database;
  const leased = lease !== null && lease.holder !== holder && lease.expires > clock;
  const restart = historyRestart(recorded, now);
  if (restart !== null) {
    if (elsewhere)
      return refused(
        `${restart}, and it was written from ${recorded.host}/${recorded.database}, this is ${now.host}/${now.database}: perhaps a copy`,
      );
    if (leased)
      return { verdict: 'leased', reason: `${restart}, and another process still wrote to it moments ago` };
    return { verdict: 'restarted', reason: restart };
  }
  if (elsewhere && leased) {
    return refused(
      `another process writes to it from ${recorded.host}/${recorded.database}, this is ${now.host}/${now.database}: perhaps a copy`,
    );
  }
  return { verdict: 'same' };
}

function historyRestart(recorded: RecordedSource, now: SourceState): string | null {
  if (recorded.timeline !== now.timeline) {
    return `the source's timeline changed from ${recorded.timeline} to ${now.timeline} (a failover or restore)`;
  }
  if (BigInt(recorded.version) > now.version) {
    return `the source has finished fewer transactions (${now.version}) than when the index was written (${recorded.version})`;
  }
  return null;
}

function refused(reason: string): IdentityVerdict {
  return { verdict: 'refused', reason };
}

/** What to say of a generation whose source is refused. */
export function otherSourceError(index: string, sink: string, reason: string): SluiceError {
  return new SluiceError(
    'SLUICE_SOURCE_IDENTITY',
    `index "${index}" in sink "${sink}" belongs to another source: ${reason}`,
    {
      hint: 'Point the configuration at the right database or give it a prefix of its own. If this database is meant to take the index over, run once with --adopt.',
    },
  );
}
