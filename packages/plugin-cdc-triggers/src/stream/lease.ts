import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProvisionOptions, SluiceError } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Querier } from '../source/querier.ts';

/** Between two looks at who holds it, and how much longer than the lease it is waited for, in ms. */
const interval = 100;
const patience = 1000;

/** What changes with every renewal: whoever takes a lease for abandoned names the one that was watched. */
const mark = "(token::text || ' ' || expires::text)";

/** One reader's turn: nobody else reads while it lasts. */
export interface Turn {
  readonly term: bigint;
  /** Position acknowledged last, by whoever. */
  readonly acknowledged: string;
}

/** A lease that stays as it is for so many times its length, while it is watched, is nobody's, whatever it says. */
const unrenewed = 2;

/**
 * The right to read the outbox, as a row that expires: it means the same behind any pooler, where a lock
 * of a session would not. Two readers may overlap for moments; what they delete is checked by term.
 *
 * The server's clock says when it expires. Where that clock goes back, as after a failover to a server
 * whose clock is behind, the row would be somebody's for as long: so whoever waits also watches, by
 * a clock of its own, whether anybody renews it.
 */
export class Lease {
  readonly #querier: Querier;
  readonly #table: string;
  readonly #holder: string;
  readonly #seconds: number;
  /** Another one's lease as it was seen last, and since when it is like that. */
  #watched: { readonly mark: string; readonly since: number } | null = null;

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
       WHERE name = 'stream' AND (expires < pg_catalog.clock_timestamp() OR holder = $1 OR ${mark} = $4)
       RETURNING token, acknowledged`,
      [this.#holder, this.#seconds, `process ${process.pid} on ${hostname()}`, this.#abandoned],
    );
    const row = rows[0];
    if (row === undefined) {
      throw inUse((await this.heldBy()) ?? 'another process');
    }
    this.#watched = null;
    return { term: BigInt(row['token'] ?? '0'), acknowledged: row['acknowledged'] ?? '0:0:0' };
  }

  /** Who else reads now, for people; null where nobody does. */
  async heldBy(): Promise<string | null> {
    const { rows } = await this.#querier.query(
      `SELECT coalesce(told, 'another process') AS told, ${mark} AS mark FROM ${this.#table}
       WHERE name = 'stream' AND expires > pg_catalog.clock_timestamp() AND holder <> $1`,
      [this.#holder],
    );
    const row = rows[0];
    this.#watch(row?.['mark'] ?? null);
    return row === undefined || this.#abandoned !== null ? null : (row['told'] ?? null);
  }

  #watch(seen: string | null): void {
    if (seen === null) this.#watched = null;
    else if (this.#watched?.mark !== seen) this.#watched = { mark: seen, since: performance.now() };
  }

  /** The lease of a process that is gone, though it has not expired; null where there is none. */
  get #abandoned(): string | null {
    if (this.#watched === null) return null;
    const ms = performance.now() - this.#watched.since;
    return ms > this.#seconds * 1000 * unrenewed ? this.#watched.mark : null;
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
