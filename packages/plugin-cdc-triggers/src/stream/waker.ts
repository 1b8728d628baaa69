import type { Logger } from '@sluice/core';
import {
  type ConnectionSettings,
  clientConfig,
  connect,
  mapPostgresError,
  noLimits,
  settleTls,
} from '@sluice/postgres';
import type pg from 'pg';
import createSubscriber, { type Subscriber } from 'pg-listen';
import type { CaptureNames } from '../ddl/names.ts';

/** A lost connection is made again for this long, in ms; then a new waker is. */
const retryTimeout = 5000;
const retryInterval = 250;
/** A waker that could not be made is tried again after this long, in ms. */
const startSpacing = 10_000;
/** The other holder of the lock is a writer, for a moment; or another session, for good. */
const lockTries = 20;

export interface WakerOptions {
  readonly settings: ConnectionSettings;
  readonly names: CaptureNames;
  readonly logger: Logger;
  /** A writer committed something, or may have while we could not hear. */
  readonly onWake: () => void;
}

/**
 * Lets writers wake a reader that sleeps, and only one that sleeps: the reader holds an advisory lock
 * while it does, and a writer notifies only where it cannot share that lock. Two connections: one
 * listens, one holds the lock; if that one is lost the lock is too, and the reader's own polling finds
 * what nobody announced.
 */
export class Waker {
  readonly #options: WakerOptions;
  #subscriber: Subscriber | null = null;
  #locker: pg.Client | null = null;
  #asleep = false;
  #startDue = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: WakerOptions) {
    this.#options = options;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  /** True when writers will wake us from now on. Whoever falls asleep must look once more before. */
  async fallAsleep(): Promise<boolean> {
    if (this.#asleep) return true;
    if (!(await this.#ready())) return false;
    const locker = this.#locker;
    if (locker === null) return false;
    try {
      for (let attempt = 0; attempt < lockTries; attempt += 1) {
        // Never the blocking form: behind another session's lock the reader would hang.
        const { rows } = await locker.query<{ held: string }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
          ...this.#options.names.sleepLock,
        ]);
        if (rows[0]?.held === 't') {
          this.#asleep = true;
          return true;
        }
      }
    } catch (error) {
      await this.#drop(error);
    }
    return false;
  }

  /** Writers need not tell us any more. */
  async wakeUp(): Promise<void> {
    if (!this.#asleep) return;
    this.#asleep = false;
    try {
      await this.#locker?.query('SELECT pg_advisory_unlock($1, $2)', [...this.#options.names.sleepLock]);
    } catch (error) {
      await this.#drop(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop(null);
  }

  async #ready(): Promise<boolean> {
    if (this.#locker !== null && this.#subscriber !== null) return true;
    if (this.#closed || performance.now() < this.#startDue) return false;
    this.#startDue = performance.now() + startSpacing;
    const { settings, names, onWake } = this.#options;
    try {
      const client = { applicationName: 'sluice wake', limits: noLimits } as const;
      const tls = await settleTls(settings, client);
      const subscriber = createSubscriber.default(clientConfig(settings, { ...client, tls }), {
        retryTimeout,
        retryInterval,
        parse: (payload: string) => payload,
      });
      this.#subscriber = subscriber;
      subscriber.notifications.on(names.channel, onWake);
      subscriber.events.on('connected', () => {
        // What was notified while the connection was gone is lost.
        if (this.#subscriber === subscriber) onWake();
        // It was closed while it was making a new connection.
        else void subscriber.close().catch(() => undefined);
      });
      subscriber.events.on('error', (error) => void this.#drop(error));
      await subscriber.connect();
      await subscriber.listenTo(names.channel);
      this.#locker = await connect(settings, client);
      this.#locker.on('error', (error) => void this.#drop(error));
      return !this.#closed;
    } catch (error) {
      await this.#drop(error);
      return false;
    }
  }

  async #drop(error: unknown): Promise<void> {
    const { logger, onWake } = this.#options;
    const subscriber = this.#subscriber;
    const locker = this.#locker;
    this.#subscriber = null;
    this.#locker = null;
    this.#asleep = false;
    if (error !== null) {
      logger.debug('no wake-ups for now, polling', {
        error: mapPostgresError(error, 'listen').message,
      });
      onWake();
    }
    await Promise.allSettled([subscriber?.close(), locker?.end()]);
  }
}
