import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProvisionOptions, SluiceError } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Querier } from '../source/querier.ts';

/** Between two looks at who holds it, and how much longer than the lease it is waited for, in ms. */
const interval = 100;
const patience = 1000;

/** One reader's turn: nobody else reads while it lasts. */
export interface Turn {
  readonly term: bigint;
  /** Position acknowledged last, by whoever. */
  readonly acknowledged: string;
}

/**
 * The right to read the outbox, as a row that expires: it means the same behind any pooler, where a lock
 * of a session would not. Two readers may overlap for moments; what they delete is checked by term.
 */
export class Lease {
  readonly #querier: Querier;
  readonly #table: string;
  readonly #holder: string;
  readonly #seconds: number;

  constructor(querier: Querier, names: CaptureNames, holder: string, ms: number) {
    this.#querier = querier;
    this.#table = inSchema(names, 'lease');
    this.#holder = holder;
    this.#seconds = ms / 1000;
  }

  /** Throws `SLUICE_CAPTURE_IN_USE` while another process holds it. */
  async take(): Promise<Turn> {
    const { rows } = await this.#querier.query(
      `UPDATE ${this.#table} SET holder = $1, told = $3, token = token + 1,
         expires = pg_catalog.clock_timestamp() + $2 * interval '1 second'
       WHERE name = 'stream' AND (expires < pg_catalog.clock_timestamp() OR holder = $1)
       RETURNING token, acknowledged`,
      [this.#holder, this.#seconds, `process ${process.pid} on ${hostname()}`],
    );
    const row = rows[0];
    if (row === undefined) {
      throw inUse((await this.heldBy()) ?? 'another process');
    }
    return { term: BigInt(row['token'] ?? '0'), acknowledged: row['acknowledged'] ?? '0:0:0' };
  }

  /** Who else reads now, for people; null where nobody does. */
  async heldBy(): Promise<string | null> {
    const { rows } = await this.#querier.query(
      `SELECT coalesce(told, 'another process') AS told FROM ${this.#table}
       WHERE name = 'stream' AND expires > pg_catalog.clock_timestamp() AND holder <> $1`,
      [this.#holder],
    );
    return rows[0]?.['told'] ?? null;
  }

  /** Throws `SLUICE_CAPTURE_IN_USE` if another process still holds it after a lease's time. */
  async free({ signal, onWait }: ProvisionOptions): Promise<void> {
    const deadline = performance.now() + this.#seconds * 1000 + patience;
    for (let told = false; ; told = true) {
      signal.throwIfAborted();
      const holder = await this.heldBy();
      if (holder === null) return;
      if (performance.now() > deadline) throw inUse(holder);
      if (!told) onWait?.(`The outbox is still read by ${holder}.`);
      await delay(interval, undefined, { signal });
    }
  }

  /** False where another process has taken over. */
  async renew(term: bigint): Promise<boolean> {
    const { rowCount } = await this.#querier.query(
      `UPDATE ${this.#table} SET expires = pg_catalog.clock_timestamp() + $2 * interval '1 second'
       WHERE name = 'stream' AND token = $1 AND holder = $3`,
      [term, this.#seconds, this.#holder],
    );
    return rowCount === 1;
  }

  async release(term: bigint): Promise<void> {
    await this.#querier.query(
      `UPDATE ${this.#table} SET expires = '-infinity' WHERE name = 'stream' AND token = $1 AND holder = $2`,
      [term, this.#holder],
    );
  }
}

export function inUse(holder: string): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', `The outbox is read by ${holder}.`, {
    hint: 'Stop that one first, or wait: this one takes over when the other ends, or when its lease has expired.',
  });
}

/** Somebody acknowledged more after the position was compared with what the sinks have. */
export function movedOn(): SluiceError {
  return new SluiceError(
    'SLUICE_SOURCE_UNAVAILABLE',
    'Another process acknowledged changes while the stream was about to begin.',
    { hint: 'The new position is looked at at the next try.' },
  );
}

export function leaseLost(): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', 'Another process has taken over the outbox.');
}
