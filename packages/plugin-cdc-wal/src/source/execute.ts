import { setTimeout as delay } from 'node:timers/promises';
import type { ProvisionOptions } from '@sluice/core';
import { SluiceError } from '@sluice/core';
import {
  type ConnectionSettings,
  connect,
  mapPostgresError,
  noLimits,
  sqlState,
  whileWatching,
} from '@sluice/postgres';
import type { Client } from 'pg';
import type { ProvisionStep } from './plan.ts';
import type { Querier } from './querier.ts';

/**
 * A commit of Sluice's own never waits for a synchronous standby: what it writes is read again at the
 * next start, and a barrier must not hang where a standby is missing.
 */
export const ownCommits: Readonly<Record<string, string>> = { synchronous_commit: 'local' };

/** A lock that the application holds is waited for in short turns: whoever queues behind us goes on. */
const lockTimeout = '2s';
const betweenTries = 500;

/** Runs the steps on a connection of its own, one after the other, and gives the statements that ran. */
export async function executeSteps(
  settings: ConnectionSettings,
  querier: Querier,
  steps: readonly Pick<ProvisionStep, 'run' | 'statements'>[],
  options: ProvisionOptions,
): Promise<string[]> {
  const ran: string[] = [];
  if (steps.length === 0) return ran;
  const client = await connect(settings, {
    applicationName: 'sluice provision',
    limits: noLimits,
    startup: ownCommits,
  });
  try {
    const { rows } = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid ?? '0';
    for (const step of steps) {
      for (const statements of step.run === 'together'
        ? [step.statements]
        : step.statements.map((one) => [one])) {
        const what = summary(statements);
        const watched = { what, ...options };
        await whileWatching(
          querier,
          () => ({ pid }),
          watched,
          () =>
            step.run === 'together'
              ? together(client, statements, options.signal)
              : alone(client, statements),
        ).catch((error: unknown) => {
          options.signal.throwIfAborted();
          throw refused(error, what, statements);
        });
        ran.push(...statements);
      }
    }
  } finally {
    await client.end();
  }
  return ran;
}

async function alone(client: Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}

async function together(client: Client, statements: readonly string[], signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.query(
        ['BEGIN', `SET LOCAL lock_timeout = '${lockTimeout}'`, ...statements, 'COMMIT'].join(';\n'),
      );
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      if (sqlState(error) !== '55P03' && sqlState(error) !== '40P01') throw error;
      await delay(betweenTries, undefined, { signal });
    }
  }
}

function refused(error: unknown, what: string, statements: readonly string[]): SluiceError {
  if (sqlState(error) !== '42501') return mapPostgresError(error, what);
  return new SluiceError('SLUICE_CAPTURE_NOT_PROVISIONED', `This role may not ${what}.`, {
    hint: `Have a role that may run:\n${statements.join(';\n')};`,
    cause: error,
  });
}

/** A statement's beginning, for messages: `create unique index concurrently "sluice_identity_…"`. */
function summary(statements: readonly string[]): string {
  const first = statements.at(-1) ?? '';
  if (first.includes('pg_create_logical_replication_slot')) return 'create the replication slot';
  if (first.includes('pg_drop_replication_slot')) return 'drop the replication slot';
  if (first.startsWith('DO ') || first.startsWith('COMMENT '))
    return shorten(statements.at(-2) ?? 'write down what was done');
  return shorten(first);
}

function shorten(statement: string): string {
  const verb = /^[A-Z]+(?: [A-Z]+)*/.exec(statement)?.[0] ?? '';
  const rest = statement.slice(verb.length, 120);
  return verb.toLowerCase() + rest + (statement.length > 120 ? '…' : '');
}
