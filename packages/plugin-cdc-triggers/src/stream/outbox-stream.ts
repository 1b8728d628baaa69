import type { ChangeBatch, Logger } from '@sluice/core';
import { mapPostgresError, tableLabel } from '@sluice/postgres';
import type { Acknowledgements, Token } from './acknowledgements.ts';
import { decodeRows, type Layout } from './decode.ts';
import { runsOf } from './id-runs.ts';
import type { OutboxRow } from './outbox-row.ts';
import type { OutboxWindow } from './outbox-window.ts';
import { gatherFor, nextWait } from './pace.ts';
import { formatPosition, markerOf } from './position.ts';
import type { Waker } from './waker.ts';
import type { WatchResult } from './watch.ts';

/** A reader that found something stays awake for this long, in ms: more often follows. */
const minAwake = 20;

export interface OutboxStreamOptions {
  readonly term: bigint;
  /** Position acknowledged by whoever read before. */
  readonly acknowledged: string;
  readonly window: OutboxWindow;
  readonly acknowledgements: Acknowledgements;
  /** Asked after the first look. Null where writers do not notify. */
  readonly waker: (onWake: () => void) => Waker | null;
  /** Looks at the triggers; runs before the first batch and then regularly, never twice at once. */
  readonly look: () => Promise<WatchResult>;
  /** Reads what numbers stand for, and nothing else. */
  readonly layouts: () => Promise<ReadonlyMap<number, Layout>>;
  /** Keeps the lease; rejects where it is lost. */
  readonly renew: () => Promise<void>;
  readonly watchInterval: number;
  readonly renewInterval: number;
  readonly pollInterval: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** One reader's turn, from its first look to its end. */
export class OutboxStream {
  readonly #options: OutboxStreamOptions;
  #waker: Waker | null = null;
  #layouts: ReadonlyMap<number, Layout> = new Map();
  /** Times that the registry was begun to be read, and which of them the layouts are of. */
  #reads = 0;
  #applied = 0;
  #sequence = 0n;
  #marker: bigint;
  #failure: Error | undefined;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  readonly #timers: NodeJS.Timeout[] = [];
  #notified = false;
  #wake: () => void = () => undefined;
  #closed: Promise<void> | null = null;

  constructor(options: OutboxStreamOptions) {
    this.#options = options;
    this.#marker = markerOf(options.acknowledged);
  }

  /** There may be something to find. */
  notify(): void {
    this.#notified = true;
    this.#wake();
  }

  /** The stream cannot go on. */
  fail(error: unknown): void {
    this.#failure ??= mapPostgresError(error, 'follow the outbox');
    this.#wake();
  }

  async *batches(): AsyncGenerator<ChangeBatch, void, undefined> {
    const { signal } = this.#options;
    const abort = () => this.#wake();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#open();
      let empty = 0;
      let foundAt = performance.now();
      let lookedAt = foundAt;
      while (!this.#ended) {
        if (this.#failure !== undefined) throw this.#failure;
        this.#notified = false;
        const lookedBefore = lookedAt;
        lookedAt = performance.now();
        const rows = await this.#options.window.claim();
        if (rows.length > 0) {
          await this.#waker?.wakeUp();
          await this.#learn(rows);
          const batch = this.#batch(rows);
          yield batch;
          empty = 0;
          foundAt = performance.now();
          const early = gatherFor({
            changes: batch.changes.length,
            within: lookedAt - lookedBefore,
            sinceLook: foundAt - lookedAt,
          });
          if (early > 0 && this.#failure === undefined && !this.#notified) await this.#rest(early);
          continue;
        }
        empty = await this.#pause(empty, performance.now() - foundAt);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      await this.close();
    }
  }

  /** Ends what the stream runs beside itself. The lease stays: acknowledgements may still come. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #ended(): boolean {
    return this.#options.signal.aborted || this.#closed !== null;
  }

  async #open(): Promise<void> {
    const { renew, watchInterval, renewInterval } = this.#options;
    // From the start: the first look may wait for locks longer than a lease lasts.
    this.#timers.push(
      setInterval(() => {
        renew().catch((error: unknown) => this.fail(error));
      }, renewInterval),
    );
    await this.#lookOnce();
    if (this.#ended) return;
    this.#waker = this.#options.waker(() => this.notify());
    this.#timers.push(setInterval(() => void this.#look(), watchInterval));
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#wake();
    await this.#waker?.close();
    await this.#looking;
  }

  /**
   * Reads again what numbers stand for where a table was registered a moment ago, by whoever provisions, or
   * a gap was mended, as after a change of names. Fails where it cannot: what is unknown would pass for what
   * nobody needs, and be deleted.
   */
  async #learn(rows: readonly OutboxRow[]): Promise<void> {
    const tellsOfChange = ({ src, op }: OutboxRow) => op === 'r' || (op !== 'm' && !this.#layouts.has(src));
    if (!rows.some(tellsOfChange)) return;
    // Not the look that may be under way: that one read before, and may wait for locks.
    const order = this.#nextRead();
    this.#apply(order, await this.#options.layouts());
  }

  #nextRead(): number {
    this.#reads += 1;
    return this.#reads;
  }

  /** What began to be read later is not undone by what ends later. */
  #apply(order: number, layouts: ReadonlyMap<number, Layout>): void {
    if (order < this.#applied) return;
    this.#applied = order;
    this.#layouts = layouts;
  }

  #batch(rows: readonly OutboxRow[]): ChangeBatch {
    const { changes, marker, drifted } = decodeRows(rows, this.#layouts);
    for (const table of drifted) {
      this.#options.logger.warn('trigger could not read a row', { table: tableLabel(table) });
    }
    if (drifted.length > 0) void this.#look();
    if (marker !== null && marker > this.#marker) this.#marker = marker;
    this.#sequence += 1n;
    const { term } = this.#options;
    const token: Token = { term, sequence: this.#sequence };
    const times = changes.length === 0 ? [] : rows.map(({ at }) => at);
    this.#options.acknowledgements.yielded({
      sequence: this.#sequence,
      marker: this.#marker,
      runs: runsOf(rows.map(({ id }) => id)),
      rows: rows.length,
    });
    return {
      changes,
      token,
      position: formatPosition({ term, sequence: this.#sequence, marker: this.#marker }),
      ...(marker === null ? {} : { barrier: true }),
      // Rows of the outbox are visible only together with what they tell of.
      transactions: [],
      committedAt: times.length === 0 ? null : times.reduce((most, at) => Math.max(most, at)),
      bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Nothing was found. Returns how many looks in a row found nothing. */
  async #pause(empty: number, sinceFound: number): Promise<number> {
    const waker = this.#waker;
    if (waker !== null && !waker.asleep && sinceFound >= minAwake && (await waker.fallAsleep())) {
      // Whoever committed before the lock was held did not notify: look once more at once.
      return 0;
    }
    if (this.#failure === undefined && !this.#notified)
      await this.#rest(nextWait(empty, this.#options.pollInterval));
    if (this.#notified) {
      await waker?.wakeUp();
      return 0;
    }
    return empty + 1;
  }

  async #rest(ms: number): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  #look(): Promise<void> {
    if (this.#looking !== null) {
      this.#lookAgain = true;
      return this.#looking;
    }
    this.#lookAgain = false;
    this.#looking = this.#lookOnce()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#looking = null;
        if (this.#lookAgain && !this.#ended) void this.#look();
      });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { look, logger, window } = this.#options;
    const order = this.#nextRead();
    const { layouts, failure } = await look();
    this.#apply(order, layouts);
    if (failure !== null) throw failure;
    if (await window.mendIds(this.#marker)) {
      logger.warn('ids of the outbox were set back: every table is resynced');
    }
  }
}
