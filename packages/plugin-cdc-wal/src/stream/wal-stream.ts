import type { ChangeBatch, Logger } from '@sluice/core';
import { SluiceError } from '@sluice/core';
import { type Lsn, mapPostgresError, widenXid, type Xid8 } from '@sluice/postgres';
import { PgoutputDecoder } from '../pgoutput/decoder.ts';
import { Assembler } from './assembler.ts';
import type { FollowedTables } from './followed-tables.ts';
import { Reporter } from './reporter.ts';
import type { BatchLimits, Segment } from './segment.ts';
import { SegmentQueue } from './segment-queue.ts';
import { openTransport, type Transport, type TransportOptions } from './transport.ts';
import type { WatchResult } from './watch.ts';

/** Most that one batch holds. */
export const batchLimits: BatchLimits = { bytes: 1 << 20, changes: 5000 };
/** A quarter: parts of a large transaction pass on while it is still coming in. */
const partLimits: BatchLimits = { bytes: 1 << 18, changes: 1250 };
/** Decoded bytes in the queue above which the socket is paused. */
const highWater = 8 << 20;
/** Positions without changes are yielded at most this often, in ms. */
const idleSpacing = 1000;

export interface WalStreamOptions {
  readonly transport: Omit<TransportOptions, 'onMessage' | 'onKeepalive' | 'onEnd' | 'start'>;
  readonly start: Lsn;
  readonly tables: FollowedTables;
  readonly barrierPrefix: string;
  readonly walSenderTimeout: number;
  readonly pollInterval: number;
  readonly acknowledged: () => Lsn;
  /** A recent transaction id of the present timeline. */
  readonly xidReference: () => Xid8;
  /** Looks at the catalog; runs before the first batch and then regularly, never twice at once. */
  readonly look: () => Promise<WatchResult>;
  /** Turns segments into the batch the consumer gets; numbers it. */
  readonly batch: (segments: readonly Segment[], transactions: readonly string[]) => ChangeBatch;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** One connection's worth of the stream, from opening to its end. */
export class WalStream {
  readonly #options: WalStreamOptions;
  readonly #queue: SegmentQueue;
  readonly #assembler: Assembler;
  readonly #decoder: PgoutputDecoder;
  #transport: Transport | undefined;
  #reporter: Reporter | undefined;
  #failure: SluiceError | undefined;
  #wake: () => void = () => undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #pollTimer: NodeJS.Timeout | undefined;
  #yieldedAt = Number.NEGATIVE_INFINITY;
  #unknown = new Set<number>();
  #closed: Promise<number | null> | undefined;

  constructor(options: WalStreamOptions) {
    this.#options = options;
    this.#queue = new SegmentQueue(highWater, (pressure) => this.#press(pressure));
    this.#decoder = new PgoutputDecoder((relation) => options.tables.project(relation));
    this.#assembler = new Assembler(
      options.tables,
      partLimits,
      options.barrierPrefix,
      (segment) => {
        this.#queue.push(segment);
        for (const oid of segment.unknown) this.#unknown.add(oid);
        if (segment.unknown.length > 0) this.#look();
        this.#wake();
      },
      options.start,
    );
  }

  /** The server's process that serves it; null before the connection is open. */
  get pid(): number | null {
    return this.#transport?.pid ?? null;
  }

  /** More was acknowledged. */
  advanced(): void {
    this.#reporter?.advanced();
  }

  async *batches(): AsyncGenerator<ChangeBatch, void, undefined> {
    const { signal } = this.#options;
    const abort = () => this.#wake();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#open();
      while (!signal.aborted && this.#closed === undefined) {
        if (this.#queue.urgent || (this.#failure === undefined && this.#idlePositionDue())) {
          yield this.#next();
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        await this.#news();
      }
    } finally {
      signal.removeEventListener('abort', abort);
      await this.close();
    }
  }

  async #open(): Promise<void> {
    const { transport, start, signal, acknowledged, walSenderTimeout } = this.#options;
    const first = await this.#options.look();
    this.#assembler.inject(first.resyncs);
    if (first.failure !== null) {
      this.#failure = first.failure;
      return;
    }
    if (signal.aborted || this.#closed !== undefined) return;
    this.#transport = await openTransport({
      ...transport,
      start,
      onMessage: (message) => this.#receive(message),
      onKeepalive: (position) => {
        this.#reporter?.heard();
        this.#assembler.keepalive(position);
      },
      onEnd: (error) => this.#fail(mapPostgresError(error, 'follow the log')),
    });
    this.#reporter = new Reporter({
      transport: this.#transport,
      walSenderTimeout,
      acknowledged,
      onSilence: () =>
        this.#fail(
          new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'The replication connection has gone silent.'),
        ),
    });
    this.#pollTimer = setInterval(() => this.#look(), this.#options.pollInterval);
  }

  /** Runs in the socket's data handler: everything here is synchronous and throws nothing. */
  #receive(message: Buffer): void {
    this.#reporter?.heard();
    if (this.#failure !== undefined) return;
    const decoded = this.#decoder.decode(message);
    if (decoded.kind !== 'failure') {
      this.#assembler.accept(decoded);
      return;
    }
    this.#fail(
      new SluiceError(
        'SLUICE_CAPTURE_PROTOCOL',
        `A message of the log could not be read: ${decoded.reason}.`,
        {
          hint: 'Please report it with the version of the server.',
        },
      ),
    );
  }

  #fail(failure: SluiceError): void {
    this.#failure ??= failure;
    this.#wake();
  }

  #press(pressure: 'high' | 'low'): void {
    if (pressure === 'high') this.#transport?.pause();
    else this.#transport?.resume();
    this.#reporter?.deafen(pressure === 'high' ? 'deaf' : 'hearing');
  }

  #next(): ChangeBatch {
    const segments = this.#queue.take(batchLimits);
    const xids = new Set(
      segments.flatMap(({ xid, changes, unknown }) =>
        xid !== null && (changes.length > 0 || unknown.length > 0) ? [xid] : [],
      ),
    );
    const reference = this.#options.xidReference();
    this.#yieldedAt = performance.now();
    return this.#options.batch(
      segments,
      [...xids].map((xid) => widenXid(xid, reference).toString()),
    );
  }

  #idlePositionDue(): boolean {
    return !this.#queue.empty && performance.now() - this.#yieldedAt >= idleSpacing;
  }

  /** Resolves when something happened that the consumer may want. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      const wait = this.#yieldedAt + idleSpacing - performance.now();
      const timer = this.#queue.empty ? undefined : setTimeout(() => this.#wake(), Math.max(0, wait));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
      if (this.#options.signal.aborted || this.#closed !== undefined) this.#wake();
    });
  }

  /** Looks at the catalog beside the stream, once at a time; a wish during a look is looked at after it. */
  #look(): void {
    if (this.#looking !== undefined) {
      this.#lookAgain = true;
      return;
    }
    const unknown = [...this.#unknown];
    this.#looking = this.#options
      .look()
      .then(
        ({ resyncs, failure }) => {
          this.#options.tables.ignore(unknown);
          for (const oid of unknown) this.#unknown.delete(oid);
          this.#decoder.reproject();
          this.#assembler.inject(resyncs);
          if (failure !== null) this.#fail(failure);
        },
        (error: unknown) => {
          // A source that is gone ends the stream by itself; the next look tries again.
          const failure = mapPostgresError(error, 'look at the catalog');
          const level = failure.code === 'SLUICE_SOURCE_UNAVAILABLE' ? 'debug' : 'warn';
          this.#options.logger[level]('catalog look failed', { error: failure.message });
        },
      )
      .finally(() => {
        this.#looking = undefined;
        if (!this.#lookAgain || this.#failure !== undefined || this.#closed !== undefined) return;
        this.#lookAgain = false;
        this.#look();
      });
  }

  /** Ends the connection; gives the process id that the server had for it. Idempotent. */
  close(): Promise<number | null> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<number | null> {
    this.#wake();
    clearInterval(this.#pollTimer);
    this.#reporter?.stop();
    this.#reporter = undefined;
    await this.#transport?.close();
    await this.#looking;
    return this.#transport?.pid ?? null;
  }
}
