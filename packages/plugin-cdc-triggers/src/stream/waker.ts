import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@sluice/core';
import {
  type ConnectionSettings,
  clientConfig,
  connectDirectly,
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
/** What did not work is tried again after this long, in ms. */
const spacing = 10_000;
/** The other holder of the lock is a writer, for a moment; or another session, for good. */
const lockTries = 20;
/** A connection that takes longer to answer, in ms, may be dead: the reader goes on without wake-ups. */
const answerTimeout = 2000;

export interface WakerOptions {
  /** A direct connection to the database: behind a pooler nothing is heard, and a lock is somebody else's. */
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
  #starting: Promise<void> | null = null;
  #startDue = Number.NEGATIVE_INFINITY;
  #lockDue = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: WakerOptions) {
    this.#options = options;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  /**
   * True when writers will wake us from now on: whoever falls asleep must look once more before. False
   * while connections are being made.
   */
  async fallAsleep(): Promise<boolean> {
    if (this.#asleep) return true;
    const locker = this.#locker;
    if (locker === null) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = null;
      });
      return false;
    }
    if (performance.now() < this.#lockDue) return false;
    try {
      for (let attempt = 0; attempt < lockTries; attempt += 1) {
        // Never the blocking form: behind another session's lock the reader would hang.
        const { rows } = await inTime(
          locker.query<{ held: string }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
            ...this.#options.names.sleepLock,
          ]),
        );
        if (rows[0]?.held !== 't') continue;
        this.#asleep = true;
        return true;
      }
      this.#lockDue = performance.now() + spacing;
    } catch (error) {
      this.#drop(error);
    }
    return false;
  }

  /** Writers need not tell us any more. */
  async wakeUp(): Promise<void> {
    if (!this.#asleep) return;
    this.#asleep = false;
    const locker = this.#locker;
    if (locker === null) return;
    try {
      await inTime(locker.query('SELECT pg_advisory_unlock($1, $2)', [...this.#options.names.sleepLock]));
    } catch (error) {
      this.#drop(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop(null);
    // What is being made may never be answered; whatever still comes of it is discarded.
    await inTime(this.#starting ?? Promise.resolve()).catch(() => undefined);
  }

  async #start(): Promise<void> {
    if (this.#closed || performance.now() < this.#startDue) return;
    this.#startDue = performance.now() + spacing;
    const { settings, names, onWake } = this.#options;
    let locker: pg.Client | null = null;
    try {
      const client = { applicationName: 'sluice wake', limits: noLimits } as const;
      // First, because it finds out whether a pooler is in the way, where LISTEN would seem to work.
      const connecting = connectDirectly(settings, client);
      locker = await inTime(connecting).catch((error: unknown) => {
        connecting.then(discard, () => undefined);
        throw error;
      });
      locker.on('error', (error) => this.#drop(error));
      const tls = await inTime(settleTls(settings, client));
      if (this.#closed) {
        discard(locker);
        return;
      }
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
        // It was given up while it was making a new connection.
        else discardSubscriber(subscriber, names.channel);
      });
      subscriber.events.on('error', (error) => this.#drop(error));
      // Never settles where it is closed while it connects.
      await inTime(subscriber.connect());
      await inTime(Promise.resolve(subscriber.listenTo(names.channel)));
      if (this.#closed || this.#subscriber !== subscriber) discard(locker);
      else this.#locker = locker;
    } catch (error) {
      if (locker !== null && this.#locker !== locker) discard(locker);
      this.#drop(error);
    }
  }

  #drop(error: unknown): void {
    const { logger, names, onWake } = this.#options;
    const subscriber = this.#subscriber;
    const locker = this.#locker;
    this.#subscriber = null;
    this.#locker = null;
    this.#asleep = false;
    if (subscriber !== null) discardSubscriber(subscriber, names.channel);
    if (locker !== null) discard(locker);
    if (error === null) return;
    logger.debug('no wake-ups for now, polling', { error: mapPostgresError(error, 'listen').message });
    onWake();
  }
}

/** With an answer outstanding `end` destroys the socket; else it would wait for a server that may be gone. */
function discard(client: pg.Client): void {
  client.query('SELECT 1').catch(() => undefined);
  client.end().catch(() => undefined);
}

function discardSubscriber(subscriber: Subscriber, channel: string): void {
  Promise.resolve(subscriber.unlisten(channel)).catch(() => undefined);
  subscriber.close().catch(() => undefined);
}

async function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  const answered = new AbortController();
  const late = delay(answerTimeout, undefined, { signal: answered.signal }).then(() => {
    throw new Error('timeout expired');
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
  }
}
