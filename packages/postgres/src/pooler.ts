import { SluiceError } from '@sluice/core';
import type pg from 'pg';
import { isOfNextTransaction, pinnedSettings } from './settings.ts';

/**
 * What settings are good for: `session`, from the start-up packet on; `transaction`, behind a transaction
 * pooler, where every transaction has to bring its own.
 */
export type Pin = 'session' | 'transaction';

/**
 * A pooler that shares its server connections out transaction by transaction is in the way: what a
 * session sets, prepares, locks or listens to is not ours.
 */
export class PoolerFound extends SluiceError {
  constructor(what: string, cause?: unknown) {
    super('SLUICE_SOURCE_UNSUPPORTED', what, {
      hint: 'A connection pooler is in the way. Connect to Postgres directly, or follow triggers (`capture: triggers`), which can be done through one.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/**
 * What a pooler answers to start-up options that Postgres would have taken: pgbouncer's words in any
 * version, and those of Amazon's RDS Proxy.
 */
const refusedOptions = /unsupported startup parameter|support command-line options/i;

/** Whether an attempt to connect was refused by a pooler for the sake of its options. */
export function isRefusalOfOptions(error: unknown): boolean {
  return error instanceof Error && refusedOptions.test(error.message);
}

/** A row of `readPinnedSql`, judged: the first setting that is not as pinned. */
export function wrongSetting(row: Readonly<Record<string, string | null>>, pin: Pin): string | null {
  const wrong = Object.entries(pinnedSettings).find(
    ([name, value]) => row[name] !== value && !(pin === 'transaction' && isOfNextTransaction(name)),
  );
  return wrong === undefined ? null : `${wrong[0]} = ${row[wrong[0]] ?? 'nothing'} and not ${wrong[1]}`;
}

/**
 * Whether the process that answers is the one that the connection was told of. A pooler tells of a
 * number of its own, since its server connections come and go.
 */
export function isOwnProcess(client: pg.ClientBase, pid: number): boolean {
  return Reflect.get(client, 'processID') === pid;
}
