import { SluiceError } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Querier } from '../source/querier.ts';

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
      `UPDATE ${this.#table} SET holder = $1, token = token + 1,
         expires = pg_catalog.clock_timestamp() + $2 * interval '1 second'
       WHERE name = 'stream' AND (expires < pg_catalog.clock_timestamp() OR holder = $1)
       RETURNING token, acknowledged`,
      [this.#holder, this.#seconds],
    );
    const row = rows[0];
    if (row === undefined) {
      throw new SluiceError('SLUICE_CAPTURE_IN_USE', 'Another process reads the outbox.', {
        hint: 'This one takes over when the other ends, or when its lease has expired.',
      });
    }
    return { term: BigInt(row['token'] ?? '0'), acknowledged: row['acknowledged'] ?? '0:0:0' };
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

export function leaseLost(): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', 'Another process has taken over the outbox.');
}
