import type { SourcePool } from '@sluice/postgres';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { Run } from './id-runs.ts';
import { leaseLost } from './lease.ts';
import type { Checkpoint } from './low-water.ts';
import { formatPosition } from './position.ts';

/** What a consumer gives back to say that a batch is durable. */
export interface Token {
  readonly term: bigint;
  readonly sequence: bigint;
}

interface Yielded {
  readonly sequence: bigint;
  readonly marker: bigint;
  readonly runs: readonly Run[];
  readonly rows: number;
}

/** Rows deleted in one transaction at most: none is ever open for long. */
const rowsPerTransaction = 20_000;
/**
 * Between two of them, in ms, while little is to be deleted. Under a steady load it would be hundreds a
 * second, each with a commit, and a quarter of what two cores can write.
 */
const spacing = 50;

export interface AcknowledgementsOptions {
  readonly pool: SourcePool;
  readonly names: CaptureNames;
  readonly term: bigint;
  readonly leaseMs: number;
  readonly onDeleted: (runs: readonly Run[], checkpoint: Checkpoint) => void;
  /** A deletion failed: the rows come again. */
  readonly onFailure: (error: unknown) => void;
}

/** Deletes what is durable, some batches at a time, and counts how far that is. */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  #open: Yielded[] = [];
  #upTo = 0n;
  #failed = false;
  #working: Promise<void> | null = null;
  #due = 0;
  #timer: NodeJS.Timeout | undefined;
  #hurried = false;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  yielded(batch: Yielded): void {
    this.#open.push(batch);
  }

  /** That batch and all before it are durable. */
  acknowledge(sequence: bigint): void {
    if (sequence <= this.#upTo) return;
    this.#upTo = sequence;
    this.#start();
  }

  /** Resolves when everything acknowledged so far was deleted, or could not be. */
  async idle(): Promise<void> {
    this.#hurried = true;
    this.#start();
    while (this.#working !== null) await this.#working;
    this.#hurried = false;
  }

  #start(): void {
    if (this.#working !== null || this.#failed) return;
    const group = this.#next();
    if (group.length === 0) return;
    const rows = group.reduce((sum, batch) => sum + batch.rows, 0);
    const wait = this.#hurried || rows >= rowsPerTransaction / 2 ? 0 : this.#due - performance.now();
    clearTimeout(this.#timer);
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#start(), wait);
      this.#timer.unref();
      return;
    }
    this.#working = this.#work(group).finally(() => {
      this.#working = null;
      this.#due = performance.now() + spacing;
      this.#start();
    });
  }

  async #work(group: readonly Yielded[]): Promise<void> {
    try {
      await this.#delete(group);
      this.#open = this.#open.slice(group.length);
    } catch (error) {
      this.#failed = true;
      this.#options.onFailure(error);
    }
  }

  #next(): readonly Yielded[] {
    let rows = 0;
    const end = this.#open.findIndex((batch, index) => {
      rows += batch.rows;
      return batch.sequence > this.#upTo || (index > 0 && rows > rowsPerTransaction);
    });
    return this.#open.slice(0, end < 0 ? this.#open.length : end);
  }

  async #delete(batches: readonly Yielded[]): Promise<void> {
    const last = batches.at(-1);
    if (last === undefined) return;
    const { pool, names, term, leaseMs, onDeleted } = this.#options;
    const runs = batches.flatMap((batch) => batch.runs);
    const position = formatPosition({ term, sequence: last.sequence, marker: last.marker });
    const checkpoint = await pool.transaction(async (transaction): Promise<Checkpoint> => {
      // The order of these is what the low-water mark rests on: drawn ids, then our own transaction id.
      const drawn = await transaction.query<{ last: string }>(
        `SELECT last_value AS last FROM ${inSchema(names, 'outbox_id_seq')}`,
      );
      await transaction.query(
        `DELETE FROM ${inSchema(names, 'outbox')} o USING unnest($1::bigint[], $2::bigint[]) AS r (first, last)
         WHERE o.id BETWEEN r.first AND r.last`,
        [runs.map(({ first }) => first), runs.map(({ last: end }) => end)],
      );
      const kept = await transaction.query<{ xid: string }>(
        `UPDATE ${inSchema(names, 'lease')}
         SET acknowledged = $2, expires = pg_catalog.clock_timestamp() + $3 * interval '1 ms'
         WHERE name = 'stream' AND token = $1 RETURNING pg_catalog.pg_current_xact_id() AS xid`,
        [term, position, leaseMs],
      );
      if (kept.rowCount !== 1) throw leaseLost();
      return { drawn: Number(drawn.rows[0]?.last ?? 0), xid: BigInt(kept.rows[0]?.xid ?? '0') };
    });
    onDeleted(runs, checkpoint);
  }
}

export function isToken(token: unknown): token is Token {
  return typeof token === 'object' && token !== null && 'term' in token && 'sequence' in token;
}
