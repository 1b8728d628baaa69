import { createHash } from 'node:crypto';
import { SluiceError } from '@sluice/core';
import {
  type ConnectionSettings,
  createPool,
  describeConnection,
  isOutdatedStatement,
  mapPostgresError,
  type PoolStatement,
  type SourcePool,
  sqlState,
} from '@sluice/postgres';
import { historyError, historyProblem, parseSnapshot, type Snapshot, standbyError } from './history.ts';
import { snapshotSql } from './sql/snapshot.ts';

/** Cells as Postgres prints them. */
export type Row = readonly (string | null)[];

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The cell that holds the snapshot. */
  readonly snapshotAt: number;
  /** What it reads, for messages: `build documents of "users"`. */
  readonly what: string;
  /** The index whose schema is to blame where a table or column is gone, or an expression fails. */
  readonly index?: string;
  /** Whether the answer begins a history: it may come from any timeline. */
  readonly begins?: boolean;
}

export interface Answer {
  readonly rows: readonly Row[];
  readonly snapshot: Snapshot;
}

/** Parallel workers make a short statement longer; several statements run beside each other anyway. */
const startup = { max_parallel_workers_per_gather: '0' };

/**
 * In ms. Statements lock several tables, an application may lock the same in another order: before Postgres
 * looks for a deadlock, after 1 s unless told otherwise, ours has given back what it locked.
 */
const lockTurn = 300;

/** SQLSTATEs that mean: a table, column, type or function is not what it was at bind. */
const drift: ReadonlySet<string> = new Set([
  '42P01',
  '42703',
  '42883',
  '42704',
  '42804',
  '42846',
  '42809',
  '3F000',
]);

/**
 * Classes of SQLSTATEs of an expression that fails on a row: cardinality, data, a domain's constraint, a
 * function in another language, a limit such as the size of one value, an error that PL/pgSQL raises.
 */
const failingExpression = /^(?:21|22|23|38|39|54|P0)/;

export const unbuildableHint =
  'Mend the row, or the expression in the schema that fails on it, and start again: nothing was acknowledged, so nothing is lost.';

/** A few connections to the source, and the check that every answer comes from the history it should. */
export class Session {
  readonly settings: ConnectionSettings;
  readonly pool: SourcePool;
  readonly #names = new Map<string, string>();
  readonly #connections: number;
  #timeline: string | null = null;

  constructor(settings: ConnectionSettings, connections: number) {
    this.settings = settings;
    this.#connections = connections;
    this.pool = createPool(settings, {
      applicationName: 'sluice documents',
      max: connections,
      startup,
      poolers: 'allowed',
      lockTurn,
    });
  }

  /** From now on, answers from another timeline are refused. */
  follow(timeline: string): void {
    this.#timeline = timeline;
  }

  /**
   * Runs a statement that returns at least one row and says its snapshot. Prepared once per
   * connection. Throws as the contract of DocumentBuilder says.
   */
  async run({ text, values, snapshotAt, what, index, begins }: Statement): Promise<Answer> {
    const rows = await this.#execute({ name: this.#nameOf(text), text, values: [...values] }, what, index);
    const cell = rows[0]?.[snapshotAt];
    if (cell == null)
      throw new SluiceError('SLUICE_INTERNAL', `Could not ${what}: the answer has no snapshot.`);
    const snapshot = parseSnapshot(cell);
    if (begins === true && snapshot.timeline === '') {
      throw standbyError(`${this.settings.host}:${this.settings.port}`, this.#timeline !== null);
    }
    const problem = historyProblem(snapshot, begins === true ? null : this.#timeline);
    if (problem !== null) throw historyError(problem);
    return { rows, snapshot };
  }

  /** The present snapshot. */
  async snapshot(): Promise<Snapshot> {
    return (
      await this.run({ text: `SELECT ${snapshotSql}`, values: [], snapshotAt: 0, what: 'take a snapshot' })
    ).snapshot;
  }

  /** Runs a statement that no document depends on. */
  async ask(text: string, values: readonly unknown[], what: string): Promise<readonly Row[]> {
    return this.#execute({ text, values: [...values] }, what, undefined);
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  async #execute(query: PoolStatement, what: string, index: string | undefined): Promise<readonly Row[]> {
    // Each connection may hold a statement prepared before a column changed its type, once.
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.pool.cells(query);
      } catch (error) {
        if (!isOutdatedStatement(error) || attempt >= this.#connections) {
          throw this.#explained(error, what, index);
        }
      }
    }
  }

  #explained(error: unknown, what: string, index: string | undefined): SluiceError {
    const state = sqlState(error);
    if (index !== undefined && state !== undefined && drift.has(state)) {
      const reason = withoutAliases(error instanceof Error ? error.message : String(error));
      return new SluiceError(
        'SLUICE_SOURCE_DRIFT',
        `The tables no longer fit the schema of "${index}": ${reason}.`,
        {
          hint: `Run "sluice check" to see what changed, and fit the schema of "${index}" to it, or bring the table or column back, and start Sluice again.`,
          cause: error,
        },
      );
    }
    if (index !== undefined && state !== undefined && failingExpression.test(state)) {
      const reason = error instanceof Error ? error.message : String(error);
      return new SluiceError('SLUICE_DOCUMENT_UNBUILDABLE', `Could not ${what}: ${reason}.`, {
        hint: unbuildableHint,
        cause: error,
      });
    }
    if (state === '42501' && error instanceof Error && /row-level security/.test(error.message)) {
      return new SluiceError('SLUICE_SOURCE_REFUSED', `Could not ${what}: ${error.message}.`, {
        hint: 'Row security would hide rows: give the role BYPASSRLS.',
        cause: error,
      });
    }
    return mapPostgresError(error, `${what} in ${describeConnection(this.settings)}`);
  }

  /** Prepared statements are known by name in each connection. */
  #nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `sluice_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }
}

/** `column r.note does not exist` names an alias of the statement, which tells a reader nothing. */
function withoutAliases(message: string): string {
  return message.replace(
    /^column [a-z]\w*\.(\S+) does not exist/,
    (_, column) => `column "${column}" does not exist`,
  );
}
