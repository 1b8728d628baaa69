import { SluiceError } from '@sluice/core';

/** What an answer says of the snapshot it was read from. */
export interface Snapshot {
  /** N: transactions that the snapshot sees as finished. */
  readonly version: bigint;
  /** Empty in recovery. */
  readonly timeline: string;
  readonly rowSecurity: string;
}

/** Reads the text of `snapshotSql`. */
export function parseSnapshot(text: string): Snapshot {
  const [version, timeline, rowSecurity] = text.split('|');
  if (version === undefined || timeline === undefined || rowSecurity === undefined) {
    throw new SluiceError('SLUICE_INTERNAL', `An answer has "${text}" where its snapshot should be.`);
  }
  return { version: BigInt(version), timeline, rowSecurity };
}

/** Why an answer must be thrown away; null where it may be used. */
export function historyProblem(snapshot: Snapshot, timeline: string | null): string | null {
  if (snapshot.timeline === '') return 'the server that answered is in recovery (a standby)';
  if (timeline !== null && snapshot.timeline !== timeline) {
    return `the server that answered is on timeline ${snapshot.timeline}, not ${timeline}`;
  }
  if (snapshot.rowSecurity !== 'off') {
    return `row_security is ${snapshot.rowSecurity} in the session that answered, so rows may have been hidden`;
  }
  return null;
}

export function historyError(problem: string): SluiceError {
  return new SluiceError('SLUICE_SOURCE_HISTORY_CHANGED', `An answer was thrown away: ${problem}.`, {
    hint: 'After a failover or restore Sluice starts a new epoch and reconciles. Connect to the primary, without a pooler that changes session settings.',
  });
}

/**
 * A server that was followed as a primary before may become one again, or its name may lead to
 * another one, in a moment: that is waited for. A standby that was configured stays one.
 */
export function standbyError(server: string, followed: boolean): SluiceError {
  return followed
    ? new SluiceError('SLUICE_SOURCE_UNAVAILABLE', `The server at ${server} is a standby now.`, {
        hint: 'Sluice goes on when it is promoted, or when the connection leads to the new primary.',
      })
    : new SluiceError('SLUICE_SOURCE_UNSUPPORTED', `The server at ${server} is a standby.`, {
        hint: 'Connect to the primary: the answers of a standby do not say which transactions they miss.',
      });
}
