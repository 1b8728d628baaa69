import { randomUUID } from 'node:crypto';
import type {
  AcknowledgeToken,
  CaptureHealth,
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
import {
  type ConnectionSettings,
  createPool,
  describeConnection,
  mapPostgresError,
  parseConnection,
  quoteLiteral,
  type SourcePool,
} from '@sluice/postgres';
import { type CaptureNames, captureNames, inSchema } from './ddl/names.ts';
import { captureSchema, type TriggerOptions } from './options.ts';
import { deprovisionSource, removalScript } from './source/deprovision.ts';
import { readHealth } from './source/health.ts';
import { keptSmall } from './source/kept-small.ts';
import { emptyOutbox } from './source/overflow.ts';
import { execute, look, provisionSource, type Source, scriptSource } from './source/provision.ts';
import { findPublished } from './source/published.ts';
import { readCore } from './source/read-state.ts';
import { settle } from './source/settle.ts';
import type { SourceState } from './source/state.ts';
import { unknownTables } from './source/unknown-tables.ts';
import { findWaking } from './source/waking.ts';
import { Acknowledgements, isToken } from './stream/acknowledgements.ts';
import { inUse, Lease, leaseLost, movedOn } from './stream/lease.ts';
import { isMissing, outboxGone } from './stream/outbox-gone.ts';
import { OutboxStream } from './stream/outbox-stream.ts';
import { OutboxWindow } from './stream/outbox-window.ts';
import { comparePositions, formatBarrier, isPosition } from './stream/position.ts';
import { readLag } from './stream/read-lag.ts';
import { Upkeep } from './stream/upkeep.ts';
import { Waker } from './stream/waker.ts';
import { Watch } from './stream/watch.ts';

const limits = { statementTimeout: 60_000, lockTimeout: 5000, idleInTransactionTimeout: 60_000 };

/**
 * A commit of our own never waits for a synchronous standby: what it deletes is durable in the sinks,
 * and comes again if the deletion is lost.
 */
const ownCommits = { synchronous_commit: 'local' };

/** The outbox is read by its key, whatever its statistics say of a table that is empty most of the time. */
const byIndex = { enable_seqscan: 'off', enable_bitmapscan: 'off', plan_cache_mode: 'force_custom_plan' };

/** How long late acknowledgements are waited for after the end of a stream, in times of the lease. */
const leasesKept = 3;

/** What belongs to one call of `stream`, and stays until the next or `close`: acknowledgements may be late. */
interface Reading {
  readonly term: bigint;
  readonly stream: OutboxStream;
  readonly window: OutboxWindow;
  readonly acknowledgements: Acknowledgements;
  readonly upkeep: Upkeep;
  /** Keeps the lease between the stream's end and `close`. */
  keeping: NodeJS.Timeout | undefined;
}

/** Triggers and an outbox as a capture: needs no replication, and no superuser. */
export class TriggerCapture implements ChangeCapture {
  readonly #context: PluginContext;
  readonly #options: TriggerOptions;
  readonly #names: CaptureNames;
  readonly #source: Source;
  /** For catalog, lease and barriers. */
  readonly #pool: SourcePool;
  /** For the outbox alone. */
  readonly #outbox: SourcePool;
  /** A way around a pooler, to be woken by; null where none is named. */
  readonly #listening: ConnectionSettings | null;
  readonly #lease: Lease;
  readonly #holder = randomUUID();
  #wakes = false;
  /** The acknowledged position that was told last: what a stream that begins now goes on from. */
  #told: Position | null = null;
  #reading: Reading | null = null;

  constructor(context: PluginContext, options: TriggerOptions) {
    this.#context = context;
    this.#options = options;
    this.#names = captureNames(captureSchema(options, context.prefix));
    const settings = parseConnection(context.connection);
    const applicationName = 'sluice capture';
    const { listen_connection: listen } = options;
    this.#listening = listen === undefined ? null : parseConnection(listen);
    const shared = { applicationName, limits, poolers: 'allowed' } as const;
    this.#pool = createPool(settings, { ...shared, startup: ownCommits, max: 3 });
    this.#outbox = createPool(settings, {
      ...shared,
      startup: { ...ownCommits, ...byIndex },
      max: 2,
    });
    this.#source = {
      settings,
      querier: this.#pool,
      startup: ownCommits,
      names: this.#names,
      plan: (state) => this.#planOptions(state),
    };
    this.#lease = new Lease(this.#pool, this.#names, this.#holder, options.lease);
  }

  async inspect(required: CaptureRequirements): Promise<CoverageReport> {
    return await this.#mapped('inspect the source', async () => {
      const { state, coverage } = await look(this.#source, required);
      const waking = await findWaking({
        querier: this.#pool,
        pooled: state.server.pooled,
        prepares: state.server.prepares,
        listening: this.#listening,
        wake: this.#options.wake,
        pollInterval: this.#options.poll_interval,
      });
      const readable = !state.core.missing.includes('lease') && state.core.denied.length === 0;
      const heldBy = readable ? await this.#lease.heldBy() : null;
      return {
        ...coverage,
        problems: [...coverage.problems, ...waking.problems],
        notices: [
          ...waking.notices,
          ...keptSmall(state.core, this.#names),
          ...(await findPublished(this.#pool, this.#names)),
          ...unknownTables(this.#options, required),
        ],
        ...(heldBy === null ? {} : { heldBy }),
      };
    });
  }

  async provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport> {
    return await this.#mapped('provision the capture', () =>
      provisionSource(this.#source, required, options),
    );
  }

  async script(required: CaptureRequirements): Promise<ProvisionScript> {
    return await this.#mapped('inspect the source', () => scriptSource(this.#source, required));
  }

  async deprovision(options: ProvisionOptions): Promise<readonly string[]> {
    return await this.#mapped('remove the capture', async () => {
      // Else the lease of a stream that ended would be renewed in a table that is gone, until `close`.
      if (this.#reading?.keeping !== undefined) await this.#end();
      return await deprovisionSource(this.#source, () => this.#lease.free(options), options);
    });
  }

  async removal(): Promise<readonly string[]> {
    return await this.#mapped('inspect the source', () => removalScript(this.#source));
  }

  async settled(options: ProvisionOptions): Promise<void> {
    await this.#mapped('wait for open transactions', () => settle(this.#source, 'scan', options));
  }

  async *stream(
    required: CaptureRequirements,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    if (signal.aborted) return;
    const reading = await this.#following(() => this.#begin(required, signal));
    try {
      yield* reading.stream.batches();
    } catch (error) {
      throw this.#failure(error);
    } finally {
      this.#keep(reading);
    }
  }

  acknowledge(token: AcknowledgeToken): void {
    const reading = this.#reading;
    if (reading === null || !isToken(token) || token.term !== reading.term) return;
    reading.acknowledgements.acknowledge(token.sequence);
  }

  /** A row of the outbox: whoever sees it sees all that was visible before it was written. */
  async barrier(): Promise<Position> {
    const notify = this.#wakes ? `, pg_notify(${quoteLiteral(this.#names.channel)}, '')` : '';
    const { rows } = await this.#mapped('write a barrier', () =>
      this.#pool.query(
        `WITH marker AS (INSERT INTO ${inSchema(this.#names, 'outbox')} (src, op) VALUES (0, 'm') RETURNING id)
         SELECT id${notify} FROM marker`,
      ),
    );
    this.#reading?.stream.notify();
    return formatBarrier(BigInt(rows[0]?.['id'] ?? '0'));
  }

  comparePositions(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async identity(): Promise<string> {
    return await this.#mapped('identify the source', async () => {
      const { instance } = await readCore(this.#pool, this.#names);
      const { rows } = await this.#pool.query(
        `SELECT s.system_identifier AS system, d.oid AS database
         FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()`,
      );
      return `triggers:${rows[0]?.['system']}:${rows[0]?.['database']}:${this.#names.schema}:${instance ?? 'none'}`;
    });
  }

  async acknowledged(): Promise<Position | null> {
    return await this.#mapped('read the lease', async () => {
      // What was acknowledged to us is counted first.
      await this.#reading?.acknowledgements.idle();
      const { missing } = await readCore(this.#pool, this.#names);
      if (missing.length > 0) return null;
      const { rows } = await this.#pool.query(
        `SELECT acknowledged FROM ${inSchema(this.#names, 'lease')} WHERE name = 'stream'`,
      );
      this.#told = rows[0]?.['acknowledged'] ?? null;
      return this.#told;
    });
  }

  async lag(): Promise<CaptureLag> {
    return await this.#mapped('look at the outbox', () =>
      readLag(this.#outbox, this.#names, this.#reading?.window.mark ?? 0).catch((error: unknown) => {
        // Nothing is kept where nothing was made yet.
        if (isMissing(error)) return {};
        throw error;
      }),
    );
  }

  async heldBy(): Promise<string | null> {
    return await this.#mapped('read the lease', () =>
      this.#lease.heldBy().catch((error: unknown) => {
        // Nobody reads what was not made yet.
        if (isMissing(error)) return null;
        throw error;
      }),
    );
  }

  async health(): Promise<CaptureHealth> {
    const querier = { catalog: this.#pool, outbox: this.#outbox };
    return await this.#mapped('look at the outbox', () =>
      readHealth(querier, this.#names, this.#reading?.window.mark ?? 0),
    );
  }

  /** In the transaction that empties the outbox every table is put down for a resync. */
  async release(reason: string, options: ProvisionOptions): Promise<readonly string[]> {
    return await this.#mapped('empty the outbox', async () => {
      const { missing } = await readCore(this.#pool, this.#names);
      if (missing.length > 0) return [];
      await this.#end();
      const holder = await this.#lease.heldBy();
      if (holder !== null) throw inUse(holder);
      return await execute(this.#source, [emptyOutbox(this.#names, reason)], options);
    });
  }

  isPosition(text: string): boolean {
    return isPosition(text);
  }

  async close(): Promise<void> {
    await this.#end();
    await Promise.all([this.#pool.end(), this.#outbox.end()]);
  }

  #planOptions({ server }: SourceState) {
    const { wake, mode, tables } = this.#options;
    const hears = this.#listening !== null || !server.pooled;
    const wakes = hears && (wake === 'on' || (wake === 'auto' && !server.prepares));
    this.#wakes = wakes;
    return {
      names: this.#names,
      modeOf: (label: string) => tables[label]?.mode ?? mode,
      wakes,
      wider: 'scan' as const,
    };
  }

  async #begin(required: CaptureRequirements, signal: AbortSignal): Promise<Reading> {
    await this.#end();
    const settings = this.#listening ?? this.#source.settings;
    const { logger } = this.#context;
    const { lease, poll_interval: pollInterval, watch_interval: watchInterval } = this.#options;
    const { term, acknowledged } = await this.#lease.take();
    const told = this.#told;
    this.#told = null;
    if (told !== null && told !== acknowledged) {
      await this.#lease.release(term);
      throw movedOn();
    }
    const window = new OutboxWindow(this.#outbox, this.#names);
    const upkeep = new Upkeep(this.#pool, this.#names, logger);
    const acknowledgements = new Acknowledgements({
      pool: this.#outbox,
      names: this.#names,
      term,
      leaseMs: lease,
      onDeleted: (runs, checkpoint) => {
        window.deleted(runs, checkpoint);
        upkeep.deleted(runs.reduce((sum, { first, last }) => sum + last - first + 1, 0));
      },
      onFailure: (error) => stream.fail(error),
    });
    const watch = new Watch(this.#source, required, logger);
    const stream = new OutboxStream({
      term,
      acknowledged,
      window,
      acknowledgements,
      waker: (onWake) => (this.#wakes ? new Waker({ settings, names: this.#names, logger, onWake }) : null),
      look: () => watch.look(signal),
      layouts: () => watch.layouts(),
      renew: () => this.#renew(term),
      watchInterval,
      renewInterval: lease / 3,
      pollInterval,
      logger,
      signal,
    });
    this.#reading = { term, stream, window, acknowledgements, upkeep, keeping: undefined };
    return this.#reading;
  }

  async #renew(term: bigint): Promise<void> {
    if (!(await this.#lease.renew(term))) throw leaseLost();
  }

  /**
   * The stream ended, but its last batches may be acknowledged yet: nobody else may read until then. Where
   * neither the next stream nor `close` comes, as after a change to another capture, the lease is let go.
   */
  #keep(reading: Reading): void {
    if (this.#reading !== reading) return;
    const { lease } = this.#options;
    const until = performance.now() + lease * leasesKept;
    const renew = () => {
      // Lost or unreachable: then what comes late is not deleted, and comes again.
      const renewed = performance.now() < until ? this.#lease.renew(reading.term) : this.#end();
      renewed.catch(() => undefined);
    };
    reading.keeping = setInterval(renew, lease / 3);
    reading.keeping.unref();
  }

  async #end(): Promise<void> {
    const reading = this.#reading;
    if (reading === null) return;
    this.#reading = null;
    clearInterval(reading.keeping);
    await reading.stream.close();
    await reading.acknowledgements.idle();
    await reading.upkeep.close();
    await this.#lease
      .release(reading.term)
      .catch((error: unknown) => this.#context.logger.debug('lease not released', { error: String(error) }));
  }

  #failure(error: unknown): Error {
    if (isMissing(error)) return outboxGone([], error);
    return mapPostgresError(error, this.#what('follow the outbox'));
  }

  async #following<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #what(what: string): string {
    return `${what} of ${describeConnection(this.#source.settings)}`;
  }

  async #mapped<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      // Between a look at what is there and reading it, the outbox may go.
      if (isMissing(error) && String(error).includes(this.#names.schema)) throw outboxGone([], error);
      throw mapPostgresError(error, this.#what(what));
    }
  }
}
