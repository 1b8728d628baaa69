import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Random, randomOf } from '../random.ts';
import type { World } from '../world/world.ts';
import { connect } from './connect.ts';
import type { Journal } from './journal.ts';
import { startJanitor } from './prepared.ts';
import { type Transaction, transactionOf } from './transactions.ts';

/** Applications that write all the time and go on when the server comes back. */
export interface Writers {
  readonly committed: number;
  /** What a writer met that no other writer, no restart and no lost connection explains. */
  readonly complaints: readonly string[];
  /** So many more writers, of one transaction each, which wait for a standby where one is asked for. */
  burst(count: number): void;
  /** Lets every writer finish what it is at; how many prepared transactions lost their writer. */
  stop(): Promise<number>;
}

export interface WritersOptions {
  readonly seed: number;
  /** Of the database, past every proxy: the applications have a network of their own. */
  readonly url: string;
  readonly world: World;
  readonly writers: number;
  readonly paceMs: number;
  readonly journal: Journal;
}

interface State {
  committed: number;
  stopping: boolean;
  readonly complaints: string[];
}

/** Above the numbers of those that stay. */
const firstBurst = 100;
/** What held a writer up is over by then. */
const stopDeadlineMs = 90_000;
/** More would say the same. */
const mostComplaints = 20;

export function startWriters(options: WritersOptions): Writers {
  const state: State = { committed: 0, stopping: false, complaints: [] };
  const working = Array.from({ length: options.writers }, (_unused, writer) => write(options, writer, state));
  let bursts = 0;
  const janitor = startJanitor(options.url, options.seed);
  return {
    get committed() {
      return state.committed;
    },
    complaints: state.complaints,
    burst: (count) => {
      for (let n = 0; n < count; n += 1) {
        bursts += 1;
        working.push(write(options, firstBurst + 2 * bursts, state, 1));
      }
    },
    stop: async () => {
      state.stopping = true;
      const all = Promise.all(working);
      const stuck = new AbortController();
      const late = delay(stopDeadlineMs, undefined, { signal: stuck.signal }).then(
        () => state.complaints.push(`a writer did not end within ${stopDeadlineMs} ms`),
        () => undefined,
      );
      await Promise.race([all, late]);
      stuck.abort();
      return janitor.stop();
    },
  };
}

async function write(
  options: WritersOptions,
  writer: number,
  state: State,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { seed, url, world, paceMs, journal } = options;
  // Half of the writers do not wait for a standby: they go on while others' commits are held.
  const as = new URL(url);
  if (writer % 2 === 1) as.searchParams.set('options', '-c synchronous_commit=local');
  const random = randomOf(seed, 'pace', writer);
  let connection: pg.Client | null = null;
  for (let n = 0; !state.stopping && n < most; n += 1) {
    const transaction = transactionOf(seed, world, writer, n);
    const name = `${writer}.${n}`;
    for (let attempt = 1; !state.stopping; attempt += 1) {
      const began = Date.now();
      try {
        connection ??= await connect(as.href);
        await run(connection, transaction, `${new URL(url).pathname.slice(1)}_${name}`);
        state.committed += 1;
        journal.wrote({ name, began, ended: Date.now(), transaction });
        break;
      } catch (error) {
        const code = codeOf(error);
        journal.wrote({ name, began, ended: Date.now(), transaction, failed: `${code} ${String(error)}` });
        if (isClash(code)) {
          await connection?.query('ROLLBACK').catch(() => undefined);
        } else {
          if (!isOutage(code) && state.complaints.length < mostComplaints)
            state.complaints.push(`${name}: ${code} ${String(error)}: ${transaction.statements.join('; ')}`);
          void connection?.end().catch(() => undefined);
          connection = null;
          await delay(100);
        }
        // A deadlock is nobody's fault: once more. Anything else would fail again.
        if (!/^40/.test(code) || attempt > 2) break;
      }
    }
    await delay(paceOf(random, paceMs));
  }
  await connection?.end().catch(() => undefined);
}

/** Bursts and rests. */
function paceOf(random: Random, paceMs: number): number {
  return random.chance(2) ? paceMs * 20 : random.below(paceMs * 2);
}

async function run(connection: pg.Client, transaction: Transaction, name: string): Promise<void> {
  const { statements, end, pauseMs } = transaction;
  if (end !== 'alone') await connection.query('BEGIN');
  for (const statement of statements) {
    await connection.query(statement);
    if (pauseMs > 0) await delay(pauseMs);
  }
  if (end === 'commit') await connection.query('COMMIT');
  if (end === 'rollback') await connection.query('ROLLBACK');
  if (end === 'prepare and commit' || end === 'prepare and roll back') {
    await connection.query(`PREPARE TRANSACTION '${name}'`);
    if (pauseMs > 0) await delay(pauseMs);
    await connection.query(`${end === 'prepare and commit' ? 'COMMIT' : 'ROLLBACK'} PREPARED '${name}'`);
  }
}

/** SQLSTATE; empty where the server did not say anything, as when the connection was lost. */
function codeOf(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return '';
  // The janitor was there first.
  return error.message.startsWith('prepared transaction with identifier') ? '40000' : (error.code ?? '');
}

/** Writers at the same rows, or one whose row is not there any more. */
function isClash(code: string): boolean {
  return /^(?:23|40|55P03)/.test(code);
}

/** Connections lost, servers that start, stop or recover; without a code the client says so. */
function isOutage(code: string): boolean {
  return code === '' || /^(?:08|57P|53300)/.test(code);
}
