import type { SourceState } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import type { RecordedSource } from '../generations/generation-record.ts';
import type { LeaseState } from './lease-watch.ts';

export type IdentityVerdict =
  | { readonly verdict: 'same' }
  /** The source's history restarted: raise the epoch and reconcile. */
  | { readonly verdict: 'restarted'; readonly reason: string }
  /** Perhaps another process still writes: to be judged again when its lease has run out. */
  | { readonly verdict: 'leased'; readonly reason: string }
  /** Another database, or a copy of it: nothing may be written without being told to. */
  | { readonly verdict: 'refused'; readonly reason: string };

export interface IdentityQuestion {
  readonly recorded: RecordedSource;
  readonly now: SourceState;
  /** What is known of whoever wrote last. */
  readonly lease: LeaseState;
}

/**
 * Whether the source in front of us is the one that a generation was written from.
 *
 * A physical copy has the same identity as its original. What it cannot have is the moment at which the
 * original was started: a server that says the same is the same, whatever it is called by now, and
 * whoever writes. After a restart the name decides: the same name is the same source once nobody
 * else writes, another name may be a restored copy, which must never write into production in silence.
 */
export function judgeIdentity({ recorded, now, lease }: IdentityQuestion): IdentityVerdict {
  if (recorded.system !== now.system) {
    return refused(
      `it was written from the cluster ${recorded.system} (${recorded.host}/${recorded.database}), this is ${now.system} (${now.host}/${now.database})`,
    );
  }
  if (recorded.databaseOid !== now.databaseOid) {
    return refused(
      recorded.database === now.database
        ? `it was written from a former database "${now.database}" of this cluster, this one was made anew (dropped and restored?)`
        : `it was written from the database "${recorded.database}" of this cluster, this is "${now.database}"`,
    );
  }
  const restart = historyRestart(recorded, now);
  const comparable = recorded.started !== undefined && now.started !== undefined;
  if (comparable && recorded.started === now.started) return restarted(restart);
  const free = lease === 'free';
  if (recorded.host !== now.host || recorded.database !== now.database) {
    if (restart === null && !comparable && free) return { verdict: 'same' };
    return refused(elsewhere(recorded, now, restart));
  }
  if (free || (restart === null && !comparable)) return restarted(restart);
  if (restart === null && lease === 'renewed') {
    return refused(
      `another process writes to it from a server with the same history and name that was started at ${recorded.started}, this one was started at ${now.started}: perhaps a copy`,
    );
  }
  const reason = restart ?? `the source was started anew at ${now.started}`;
  return { verdict: 'leased', reason: `${reason}, and another process may still write to it` };
}

function elsewhere(recorded: RecordedSource, now: SourceState, restart: string | null): string {
  const names = `it was written from ${recorded.host}/${recorded.database}, this is ${now.host}/${now.database}`;
  const running =
    restart ??
    (recorded.started === undefined || now.started === undefined
      ? 'another process writes to it'
      : `it was written from the server that was started at ${recorded.started}, this one was started at ${now.started}`);
  return `${running}, and ${names}: perhaps a copy`;
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

function restarted(reason: string | null): IdentityVerdict {
  return reason === null ? { verdict: 'same' } : { verdict: 'restarted', reason };
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
