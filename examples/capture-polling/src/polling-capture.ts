import { setTimeout as delay } from 'node:timers/promises';
import type {
  AcknowledgeToken,
  CaptureLag,
  CaptureRequirements,
  ChangeBatch,
  ChangeCapture,
  CoverageReport,
  PluginContext,
  Position,
  ProvisionOptions,
  ProvisionReport,
  ProvisionScript,
} from '@sluice/core';
import { type Place, readPage } from './changes.ts';
import { tableCoverage } from './coverage.ts';
import type { PollingOptions } from './index.ts';
import { comparePositions, positionOf } from './position.ts';
import { openSource, qualified, quoted, type Source } from './source.ts';
import { acknowledge, addTableStatement, makeStatements, readState, type State } from './state.ts';

/** The token of a batch: with it, everything until this position is durable. */
class Reached {
  readonly position: Position;
  constructor(position: Position) {
    this.position = position;
  }
}

/** Rows found by the time of their last change. See README.md for what that cannot see. */
export class PollingCapture implements ChangeCapture {
  readonly #source: Source;
  readonly #options: PollingOptions;
  readonly #context: PluginContext;
  /** The highest position that was acknowledged to us, and what of it the source knows. */
  #acknowledged: Position | null = null;
  #stored: Position | null = null;
  #storing: Promise<void> = Promise.resolve();

  constructor(context: PluginContext, options: PollingOptions) {
    this.#context = context;
    this.#options = options;
    this.#source = openSource(context.connection, context.error);
  }

  async inspect({ tables }: CaptureRequirements): Promise<CoverageReport> {
    const [coverage, state] = await Promise.all([
      tableCoverage(this.#source, tables, this.#options),
      readState(this.#source, this.#options.state),
    ]);
    return {
      mechanism: state === null ? 'absent' : 'ready',
      problems: [],
      tables: coverage,
    };
  }

  async provision(required: CaptureRequirements, { signal }: ProvisionOptions): Promise<ProvisionReport> {
    const coverage = await tableCoverage(this.#source, required.tables, this.#options);
    const lacking = coverage.filter(({ covered }) => !covered).flatMap(({ problems }) => problems);
    if (lacking.length > 0) {
      throw this.#context.error(
        'SLUICE_CAPTURE_NOT_PROVISIONED',
        [...new Set(lacking.map(({ message }) => message))].join('; '),
        { hint: [...new Set(lacking.map(({ hint }) => hint))].join('\n') },
      );
    }
    const before = await readState(this.#source, this.#options.state);
    const added = required.tables.filter(({ table }) => before?.tables.has(qualified(table)) !== true);
    const statements = this.#statements(before, required);
    for (const statement of statements) {
      signal.throwIfAborted();
      await this.#source.query(statement);
    }
    return { created: before === null, added: added.map(({ table }) => table), statements };
  }

  async script(required: CaptureRequirements): Promise<ProvisionScript> {
    const [state, coverage] = await Promise.all([
      readState(this.#source, this.#options.state),
      tableCoverage(this.#source, required.tables, this.#options),
    ]);
    const columns = coverage.flatMap(({ problems }) => problems.flatMap(({ sql }) => sql ?? []));
    return {
      sections: [
        { title: 'The times of changes', statements: columns },
        { title: 'What the capture remembers', statements: this.#statements(state, required) },
      ].filter(({ statements }) => statements.length > 0),
    };
  }

  #statements(state: State | null, required: CaptureRequirements): readonly string[] {
    const { state: name } = this.#options;
    const missing = required.tables.filter(({ table }) => state?.tables.has(qualified(table)) !== true);
    return [
      ...(state === null ? makeStatements(name) : []),
      ...missing.map(({ table }) => addTableStatement(name, table)),
    ];
  }

  async deprovision(): Promise<readonly string[]> {
    if ((await readState(this.#source, this.#options.state)) === null) return [];
    const statement = `DROP TABLE IF EXISTS ${quoted(this.#options.state)}`;
    await this.#source.query(statement);
    return [statement];
  }

  /** Whoever wrote before a table was watched must have ended: their rows have times that are past. */
  async settled({ signal, onWait }: ProvisionOptions): Promise<void> {
    const [now] = await this.#source.query(
      'SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric AS ends',
    );
    for (let told = false; ; told = true) {
      const [open] = await this.#source.query(
        'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::numeric < $1 AS waits',
        [now?.['ends']],
      );
      if (open?.['waits'] !== 't') return;
      if (!told) onWait?.('waiting for transactions that are open');
      await delay(100, undefined, { signal });
    }
  }

  async *stream(
    { tables }: CaptureRequirements,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    const { column, page: limit, interval, settle } = this.#options;
    let reached = (await this.#known()).acknowledged;
    while (!signal.aborted) {
      const [clock] = await this.#source.query(
        `SELECT ${positionOf(`clock_timestamp() - $1 * interval '1 ms'`)} AS upto`,
        [settle],
      );
      const upto = clock?.['upto'] ?? reached;
      if (comparePositions(upto, reached) > 0) {
        let from: Place | null = { time: reached, table: tables.length, links: '' };
        while (from !== null && !signal.aborted) {
          const page = await readPage(this.#source, tables, column, from, upto, limit);
          from = page.next;
          // In the middle of what was written until `upto` there is no place to resume from.
          const position = from === null ? upto : null;
          yield {
            changes: page.changes,
            token: new Reached(position ?? reached),
            position,
            // A row is read when it is visible: nothing is to be waited for.
            transactions: [],
            committedAt: null,
            bytes: page.bytes,
          };
        }
        reached = upto;
      }
      await delay(interval, undefined, { signal }).catch(() => undefined);
    }
  }

  acknowledge(token: AcknowledgeToken): void {
    if (!(token instanceof Reached)) return;
    const { position } = token;
    if (this.#acknowledged !== null && comparePositions(position, this.#acknowledged) <= 0) return;
    this.#acknowledged = position;
    // One after the other: by the time of the next, more may have been acknowledged.
    this.#storing = this.#storing.then(() => this.#store());
  }

  async #store(): Promise<void> {
    const position = this.#acknowledged;
    if (position === null || position === this.#stored) return;
    try {
      await acknowledge(this.#source, this.#options.state, position);
      this.#stored = position;
    } catch (error) {
      // Not stored is not acknowledged: it comes again, which harms nothing.
      this.#context.logger.warn('position not stored', { error: String(error) });
    }
  }

  async barrier(): Promise<Position> {
    const [row] = await this.#source.query(`SELECT ${positionOf('clock_timestamp()')} AS now`);
    return row?.['now'] ?? '';
  }

  comparePositions(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async identity(): Promise<string> {
    const state = await readState(this.#source, this.#options.state);
    return `polling:${state?.instance ?? 'none'}`;
  }

  async acknowledged(): Promise<Position | null> {
    await this.#storing;
    return (await readState(this.#source, this.#options.state))?.acknowledged ?? null;
  }

  async lag(): Promise<CaptureLag> {
    const state = await readState(this.#source, this.#options.state);
    if (state === null) return {};
    const [row] = await this.#source.query(
      'SELECT extract(epoch FROM clock_timestamp() - $1::timestamptz) * 1000 AS age',
      [state.acknowledged],
    );
    return { oldestChangeAge: Math.max(0, Number(row?.['age'] ?? 0)) };
  }

  async close(): Promise<void> {
    await this.#storing;
    await this.#store();
    await this.#source.close();
  }

  async #known(): Promise<State> {
    const state = await readState(this.#source, this.#options.state);
    if (state !== null) return state;
    throw this.#context.error(
      'SLUICE_CAPTURE_LOST',
      `table ${this.#options.state} does not say how far polling has come`,
    );
  }
}
