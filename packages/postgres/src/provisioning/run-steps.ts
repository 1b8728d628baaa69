import { setTimeout as delay } from 'node:timers/promises';
import { type ProvisionOptions, SluiceError } from '@sluice/core';
import type pg from 'pg';
import { connect } from '../connection.ts';
import { mapPostgresError, sqlState } from '../connection-errors.ts';
import type { SourcePool } from '../connection-pool.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { noLimits } from '../settings.ts';
import { whileWatching } from './wait-watch.ts';

/** Statements that take effect all at once, in one transaction. */
export interface TransactionStep {
  /** For messages, after "this role may not" and before "waits for": `create triggers on shop.items`. */
  readonly what: string;
  readonly statements: readonly string[];
}

export interface StepRunner {
  readonly settings: ConnectionSettings;
  /** Another connection, to see what a step waits for. */
  readonly querier: Pick<SourcePool, 'query'>;
  /**
   * A lock that the application holds is waited for in turns of this many ms: whoever queues behind us
   * goes on in between.
   */
  readonly lockTimeout: number;
  readonly betweenTries: number;
  readonly startup?: Readonly<Record<string, string>>;
}

const lockNotAvailable = '55P03';
const deadlock = '40P01';
const insufficientPrivilege = '42501';

/**
 * Runs the steps on a connection of its own, one after the other, and gives the statements that ran.
 * Waits for locks as long as it takes, and says for whom; ends when the signal aborts.
 *
 * Throws `SLUICE_CAPTURE_NOT_PROVISIONED`, with the statements as hint, where the role may not.
 */
export async function runSteps(
  runner: StepRunner,
  steps: readonly TransactionStep[],
  options: ProvisionOptions,
): Promise<string[]> {
  const ran: string[] = [];
  if (steps.length === 0) return ran;
  const { settings, startup } = runner;
  const client = await connect(settings, {
    applicationName: 'sluice provision',
    limits: noLimits,
    ...(startup === undefined ? {} : { startup }),
  });
  try {
    const { rows } = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid ?? '0';
    for (const step of steps) {
      const watched = { what: step.what, ...options };
      await whileWatching(runner.querier, pid, watched, () =>
        transaction(client, step.statements, runner, options.signal),
      ).catch((error: unknown) => {
        options.signal.throwIfAborted();
        throw refused(error, step);
      });
      ran.push(...step.statements);
    }
  } finally {
    await client.end();
  }
  return ran;
}

async function transaction(
  client: pg.Client,
  statements: readonly string[],
  { lockTimeout, betweenTries }: StepRunner,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await client.query(
        ['BEGIN', `SET LOCAL lock_timeout = '${lockTimeout}ms'`, ...statements, 'COMMIT'].join(';\n'),
      );
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      if (sqlState(error) !== lockNotAvailable && sqlState(error) !== deadlock) throw error;
      await delay(betweenTries * (0.5 + Math.random()), undefined, { signal });
    }
  }
}

function refused(error: unknown, { what, statements }: TransactionStep): Error {
  if (sqlState(error) !== insufficientPrivilege) return mapPostgresError(error, what);
  return new SluiceError('SLUICE_CAPTURE_NOT_PROVISIONED', `This role may not ${what}.`, {
    hint: `Have a role that may run:\n${statements.join(';\n')};`,
    cause: error,
  });
}
