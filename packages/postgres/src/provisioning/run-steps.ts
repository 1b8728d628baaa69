import { setTimeout as delay } from 'node:timers/promises';
import { type ProvisionOptions, SluiceError } from '@sluice/core';
import { mapPostgresError, sqlState } from '../connection-errors.ts';
import { createPool, type SourcePool } from '../connection-pool.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { lockNotAvailable, pauseAfter } from '../lock-turns.ts';
import { noLimits } from '../settings.ts';
import { type WatchedSession, whileWatching } from './wait-watch.ts';

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
   * goes on in between, longer after every turn.
   */
  readonly lockTimeout: number;
  /** The first pause between two turns, in ms. */
  readonly betweenTries: number;
  readonly startup?: Readonly<Record<string, string>>;
}

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
  const pool = createPool(settings, {
    applicationName: 'sluice provision',
    limits: noLimits,
    poolers: 'allowed',
    max: 1,
    ...(startup === undefined ? {} : { startup }),
  });
  try {
    for (const step of steps) {
      await runStep(pool, runner, step, options).catch((error: unknown) => {
        options.signal.throwIfAborted();
        throw refused(error, step);
      });
      ran.push(...step.statements);
    }
  } finally {
    await pool.end();
  }
  return ran;
}

/** Behind a pooler each try may run in another process. */
const sessionSql = `
SELECT pg_backend_pid() AS pid, (SELECT l.virtualxid FROM pg_locks l
  WHERE l.pid = pg_backend_pid() AND l.locktype = 'virtualxid' AND l.granted LIMIT 1) AS transaction`;

async function runStep(
  pool: SourcePool,
  { querier, lockTimeout, betweenTries }: StepRunner,
  { what, statements }: TransactionStep,
  options: ProvisionOptions,
): Promise<void> {
  let session: WatchedSession | null = null;
  const attempt = () =>
    pool.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ pid: string; transaction: string }>(sessionSql);
      session = rows[0] ?? null;
      options.signal.throwIfAborted();
      await transaction.query([`SET LOCAL lock_timeout = '${lockTimeout}ms'`, ...statements].join(';\n'));
    });
  await whileWatching(
    querier,
    () => session,
    { what, ...options },
    async () => {
      for (let turn = 1; ; turn += 1) {
        try {
          return await attempt();
        } catch (error) {
          if (sqlState(error) !== lockNotAvailable && sqlState(error) !== deadlock) throw error;
        } finally {
          session = null;
        }
        const pause = pauseAfter(turn, betweenTries) * (0.5 + Math.random());
        await delay(pause, undefined, { signal: options.signal });
      }
    },
  );
}

function refused(error: unknown, { what, statements }: TransactionStep): Error {
  if (sqlState(error) !== insufficientPrivilege) return mapPostgresError(error, what);
  return new SluiceError('SLUICE_CAPTURE_NOT_PROVISIONED', `This role may not ${what}.`, {
    hint: `Have a role that may run:\n${statements.join(';\n')};`,
    cause: error,
  });
}
