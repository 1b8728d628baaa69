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
  clientConfig,
  compareLsn,
  createPool,
  describeConnection,
  formatLsn,
  isLsn,
  type Lsn,
  mapPostgresError,
  parseConnection,
  parseLsn,
  settleTls,
  tableLabel,
} from '@sluice/postgres';
import { type CaptureNames, captureNames, type WalOptions } from './options.ts';
import { deprovisionSource, removalScript } from './source/deprovision.ts';
import { ownCommits } from './source/execute.ts';
import { readHealth } from './source/health.ts';
import { readHistory } from './source/history.ts';
import {
  inspectSource,
  type OwnSessions,
  provisionSource,
  type Source,
  scriptSource,
} from './source/provision.ts';
import { readPublication, readSlot } from './source/read-state.ts';
import { recordLineages } from './source/record-lineages.ts';
import { releaseSlot } from './source/release.ts';
import { withRoom } from './source/replication-probe.ts';
import { settleJoined } from './source/settle.ts';
import { describeHolder, movedOn, requireFreeSlot, slotFailure, waitForRelease } from './source/slot.ts';
import { isToken, makeBatch, Outstanding } from './stream/batch.ts';
import { FollowedTables } from './stream/followed-tables.ts';
import { Lineages } from './stream/lineages.ts';
import { WalStream } from './stream/wal-stream.ts';
import { Watch } from './stream/watch.ts';

const poolLimits = { statementTimeout: 60_000, lockTimeout: 5000, idleInTransactionTimeout: 60_000 };

/** The write-ahead log as a capture: a publication, a slot, and one replication connection. */
export class WalCapture implements ChangeCapture {
  readonly #context: PluginContext;
  readonly #options: WalOptions;
  readonly #names: CaptureNames;
  readonly #source: Source;
  readonly #pool: ReturnType<typeof createPool>;
  readonly #lineages = new Lineages();
  readonly #outstanding = new Outstanding();
  #stream: WalStream | undefined;
  #sequence = 0;
  /** The last end of a transaction that was yielded. */
  #yielded: Lsn = 0n;
  /** What the present stream, or the last one, was acknowledged up to. */
  #acknowledged: Lsn = 0n;
  /** The server's process that served the last stream. */
  #formerPid: number | null = null;
  /** Numbers the streams: an acknowledgement of a former one says nothing of the present one. */
  #streams = 0;
  /** The position given to whoever asked since the last stream; null where nobody did. */
  #told: Lsn | null = null;
  /** The slot is there, and the server could not read it on. */
  #unreadable = false;
  /** Where the slot was seen to stand while nobody read it, and since when. */
  #waiting: { readonly at: string; readonly since: number } | null = null;
  #history = '';
  #xmax = 0n;

  constructor(context: PluginContext, options: WalOptions) {
    this.#context = context;
    this.#options = options;
    this.#names = captureNames(options, context.prefix);
    const settings = parseConnection(context.connection);
    this.#pool = createPool(settings, {
      applicationName: 'sluice capture',
      limits: poolLimits,
      startup: ownCommits,
      max: 3,
    });
    this.#source = {
      settings,
      querier: this.#pool,
      plan: { names: this.#names, acceptLoss: options.accept_loss },
    };
  }

  async inspect(required: CaptureRequirements): Promise<CoverageReport> {
    return await this.#mapped('inspect the source', () =>
      inspectSource(this.#present(), required, this.#sessions),
    );
  }

  async provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport> {
    const report = await this.#mapped('provision the capture', () =>
      provisionSource(this.#present(), required, options),
    );
    this.#unreadable = false;
    const begun = report.created ? required.tables.map((one) => one.table) : report.added;
    this.#lineages.begin(begun.map(tableLabel));
    return report;
  }

  async script(required: CaptureRequirements): Promise<ProvisionScript> {
    return await this.#mapped('inspect the source', () => scriptSource(this.#present(), required));
  }

  async deprovision(options: ProvisionOptions): Promise<readonly string[]> {
    return await this.#mapped('remove the capture', () =>
      deprovisionSource(this.#source.settings, this.#pool, this.#names, options),
    );
  }

  async removal(): Promise<readonly string[]> {
    return await this.#mapped('inspect the source', () => removalScript(this.#pool, this.#names));
  }

  async settled(options: ProvisionOptions): Promise<void> {
    await this.#mapped('wait for open transactions', () => settleJoined(this.#pool, this.#names, options));
  }

  async *stream(
    required: CaptureRequirements,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    if (signal.aborted) return;
    const stream = await this.#mapped('follow the log', () => this.#begin(required, signal));
    this.#stream = stream;
    try {
      yield* stream.batches();
    } catch (error) {
      const mapped = withRoom(mapPostgresError(error, this.#what('follow the log')));
      const { failure, unreadable } = await slotFailure(this.#pool, this.#names.slot, mapped);
      this.#unreadable ||= unreadable;
      throw failure;
    } finally {
      await this.#end(stream);
    }
  }

  acknowledge(token: AcknowledgeToken): void {
    if (!isToken(token) || token.stream !== this.#streams) return;
    if (token.lsn > this.#acknowledged) this.#acknowledged = token.lsn;
    this.#outstanding.acknowledged(token.sequence);
    this.#lineages.acknowledged(token.sequence);
    this.#stream?.advanced();
  }

  /**
   * A transactional message: its own commit comes after every commit that was visible, and arrives in
   * the stream by itself, so that its position is reached at once on an idle source too.
   */
  async barrier(): Promise<Position> {
    const { rows } = await this.#mapped('write a barrier', () =>
      this.#pool.query("SELECT pg_logical_emit_message(true, $1, '') AS lsn", [this.#barrierPrefix]),
    );
    return rows[0]?.['lsn'] ?? '0/0';
  }

  comparePositions(a: Position, b: Position): number {
    return compareLsn(parseLsn(a), parseLsn(b));
  }

  async identity(): Promise<string> {
    return await this.#mapped('identify the source', async () => {
      const { system, database } = await readHistory(this.#pool);
      const publication = await readPublication(this.#pool, this.#names.publication);
      // A publication made anew by hand beside the old slot left out what changed between.
      return `wal:${system}:${database}:${this.#names.slot}:${publication?.oid ?? 0}`;
    });
  }

  async acknowledged(): Promise<Position | null> {
    const slot = await this.#mapped('read the slot', () => readSlot(this.#pool, this.#names.slot));
    const confirmed = slot?.confirmed ?? null;
    if (this.#stream === undefined) this.#told = confirmed;
    return confirmed === null ? null : formatLsn(confirmed);
  }

  async lag(): Promise<CaptureLag> {
    const { rows } = await this.#mapped('read the slot', () =>
      this.#pool.query(
        `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS bytes
         FROM pg_replication_slots WHERE slot_name = $1`,
        [this.#names.slot],
      ),
    );
    const bytes = rows[0]?.['bytes'];
    const { oldest } = this.#outstanding;
    return {
      ...(bytes == null ? {} : { bytes: Number(bytes) }),
      oldestChangeAge: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest),
    };
  }

  async heldBy(): Promise<string | null> {
    const slot = await this.#mapped('read the slot', () => readSlot(this.#pool, this.#names.slot));
    if (slot === null || slot.database !== this.#source.settings.database) return null;
    const { live, former } = this.#sessions;
    return slot.activePid !== null && slot.activePid !== live ? describeHolder(slot, former) : null;
  }

  async health(): Promise<CaptureHealth> {
    const health = await this.#mapped('read the slot', () => readHealth(this.#pool, this.#names));
    const { oldest } = this.#outstanding;
    if (this.#stream === undefined) return this.#withWait(health);
    this.#waiting = null;
    return { ...health, oldestAge: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest) };
  }

  /** Before PostgreSQL 17 the server does not tell how long nobody reads: then since when this one saw it. */
  #withWait(health: CaptureHealth): CaptureHealth {
    const { confirmed_flush_lsn: at, pending_bytes: pending } = health.details;
    if (health.oldestAge !== undefined || typeof at !== 'string' || pending === 0) return health;
    if (this.#waiting?.at !== at) this.#waiting = { at, since: Date.now() };
    const unread = Date.now() - this.#waiting.since;
    return { ...health, oldestAge: unread, details: { ...health.details, unread_ms: unread } };
  }

  async release(reason: string, options: ProvisionOptions): Promise<readonly string[]> {
    return await this.#mapped('let go of the log', () =>
      releaseSlot(this.#source.settings, this.#pool, this.#names, reason, options),
    );
  }

  isPosition(text: string): boolean {
    return isLsn(text);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream !== undefined) await this.#end(stream);
    else await this.#handOver(null);
    // Before the first stream there is nothing to write down, and perhaps nothing to connect to.
    if (this.#streams > 0) {
      await recordLineages(this.#pool, this.#names.publication, this.#lineages).catch((error: unknown) =>
        this.#context.logger.debug('lineages not written down', { error: String(error) }),
      );
    }
    await this.#pool.end();
  }

  get #sessions(): OwnSessions {
    return { live: this.#stream?.pid ?? null, former: this.#formerPid };
  }

  get #barrierPrefix(): string {
    return `sluice ${this.#names.slot}`;
  }

  /** The source, with what the last stream found out about the slot. */
  #present(): Source {
    return { ...this.#source, plan: { ...this.#source.plan, renewSlot: this.#unreadable } };
  }

  async #begin(required: CaptureRequirements, signal: AbortSignal): Promise<WalStream> {
    const slot = await requireFreeSlot(this.#pool, this.#names.slot);
    const history = await readHistory(this.#pool);
    // A report of a connection that broke can still reach the server: whoever compared positions did so with another.
    if (this.#told !== null && slot.confirmed > this.#told) throw movedOn(this.#names.slot);
    this.#told = null;
    this.#streams += 1;
    this.#history = history.key;
    this.#xmax = history.xmax;
    // The server's word alone, since it is what `acknowledged` gives: what it does not know comes again.
    this.#acknowledged = slot.confirmed;
    this.#yielded = slot.confirmed;
    this.#outstanding.clear();
    this.#lineages.forget();

    const { settings } = this.#source;
    const client = { applicationName: `sluice capture ${this.#names.slot}`, replication: true } as const;
    const tls = await settleTls(settings, client);
    const tables = new FollowedTables();
    const watch = new Watch(this.#source, required, tables, this.#lineages, this.#context.logger);
    return new WalStream({
      transport: {
        client: clientConfig(settings, {
          ...client,
          tls,
          startup: { wal_sender_timeout: String(Math.round(this.#options.wal_sender_timeout)) },
        }),
        slot: this.#names.slot,
        publication: this.#names.publication,
      },
      start: slot.confirmed,
      tables,
      barrierPrefix: this.#barrierPrefix,
      walSenderTimeout: this.#options.wal_sender_timeout,
      pollInterval: this.#options.poll_interval,
      acknowledged: () => this.#acknowledged,
      xidReference: () => this.#xmax,
      look: async () => {
        this.#xmax = (await readHistory(this.#pool)).xmax;
        return await watch.look(signal);
      },
      batch: (segments, transactions) => {
        this.#sequence += 1;
        const at = { sequence: this.#sequence, stream: this.#streams, before: this.#yielded };
        const batch = makeBatch(segments, transactions, at);
        this.#yielded = batch.token.lsn;
        this.#outstanding.yielded(at.sequence, batch);
        this.#lineages.yielded(batch.changes, at.sequence);
        return batch;
      },
      logger: this.#context.logger,
      signal,
    });
  }

  async #end(stream: WalStream): Promise<void> {
    if (this.#stream === stream) this.#stream = undefined;
    const pid = await stream.close();
    this.#formerPid = pid ?? this.#formerPid;
    await this.#handOver(pid);
  }

  /** Waits until the server let go of the slot, and has it know of the last acknowledgement. */
  async #handOver(pid: number | null): Promise<void> {
    if (this.#acknowledged === 0n) return;
    try {
      // A server that was restored has positions of its own: what was acknowledged before is nothing to it.
      if ((await readHistory(this.#pool)).key !== this.#history) return;
      await waitForRelease(this.#pool, this.#names.slot, pid, this.#acknowledged);
    } catch (error) {
      // It is gone, or cannot be reached: what it does not know comes again.
      this.#context.logger.debug('last acknowledgement not handed over', { error: String(error) });
    }
  }

  #what(what: string): string {
    return `${what} of ${describeConnection(this.#source.settings)}`;
  }

  async #mapped<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw withRoom(mapPostgresError(error, this.#what(what)));
    }
  }
}
