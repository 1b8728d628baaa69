import { quoteLiteral } from '@sluice/postgres';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { resyncAllSql } from '../source/overflow.ts';
import type { Querier } from '../source/querier.ts';
import { type Gap, IdRuns, type Run, runsOf } from './id-runs.ts';
import { type Checkpoint, LowWater } from './low-water.ts';
import { type OutboxRow, parseOutboxRow } from './outbox-row.ts';
import { firstLimit, nextLimit, nextWholeLook } from './pace.ts';

/** The low-water mark is looked after at most this often, in ms. */
const markSpacing = 500;
/** What finding a row may take, in ms: a look that takes longer goes through dead ones. */
const rowTime = 0.05;

/**
 * What a reader sees of the outbox: rows that exist and are not in its hands already. There is no cursor
 * to lose rows behind: a transaction that drew a low id and commits late is found like any other.
 */
export class OutboxWindow {
  readonly #querier: Querier;
  readonly #claimSql: string;
  readonly #firstSql: string;
  readonly #drawnSql: string;
  readonly #onSql: string;
  readonly #resyncSql: string;
  #held = new IdRuns();
  #low = new LowWater();
  /** The highest id that was ever claimed. */
  #high = 0;
  #limit = firstLimit;
  #wholeDue = Number.NEGATIVE_INFINITY;
  #markedAt = Number.NEGATIVE_INFINITY;

  constructor(querier: Querier, names: CaptureNames) {
    this.#querier = querier;
    const outbox = inSchema(names, 'outbox');
    this.#claimSql = `
SELECT o.id, o.xid, o.src, o.op, o.rows, round(extract(epoch FROM o.at) * 1000) AS at
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS g (after, before, position)
CROSS JOIN LATERAL (
  SELECT * FROM ${outbox} WHERE id > g.after AND id < g.before ORDER BY id LIMIT $3
) AS o
ORDER BY g.position, o.id LIMIT $3`;
    this.#drawnSql = `SELECT last_value AS drawn FROM ${inSchema(names, 'outbox_id_seq')}`;
    this.#onSql = `SELECT pg_catalog.setval(${quoteLiteral(inSchema(names, 'outbox_id_seq'))}::regclass, $1)`;
    this.#resyncSql = resyncAllSql(names, 'the ids of its outbox were set back');
    this.#firstSql = `SELECT min(id) AS first FROM ${outbox} WHERE id > $1 AND id <= $2`;
  }

  /** Ids below which nothing can appear any more: a hint for whoever looks from outside. */
  get mark(): number {
    return this.#low.mark;
  }

  /**
   * The next rows, lowest ids first; empty where there are none. A marker is never returned before
   * everything that was visible with it.
   */
  async claim(): Promise<readonly OutboxRow[]> {
    await this.#moveMark();
    const whole = performance.now() >= this.#wholeDue;
    const rows = await this.#look(whole ? 'whole' : 'above');
    // What was committed before the marker may lie below what was looked at.
    const found = !whole && rows.some(({ op }) => op === 'm') ? await this.#look('whole') : rows;
    if (found.length > 0) {
      this.#held.add(runsOf(found.map(({ id }) => id)));
      this.#high = Math.max(this.#high, found.at(-1)?.id ?? 0);
    }
    return found;
  }

  /** These rows are gone from the outbox. */
  deleted(runs: readonly Run[], checkpoint: Checkpoint): void {
    this.#held.remove(runs);
    this.#low.deleted(checkpoint);
  }

  /**
   * Whether ids were set back, as by TRUNCATE … RESTART IDENTITY: rows were lost, others lie below the mark, and
   * a barrier would pass for one that was reached. Then they go on from where they were, all is looked for
   * again, and every table resynced.
   *
   * @param marker The highest barrier that was ever told of.
   */
  async mendIds(marker: bigint): Promise<boolean> {
    const highest = Math.max(this.#high, this.#low.mark, Number(marker));
    const { rows } = await this.#querier.query(this.#drawnSql);
    if (Number(rows[0]?.['drawn'] ?? 0) >= highest) return false;
    await this.#querier.query(this.#onSql, [highest]);
    this.#held = new IdRuns();
    this.#low = new LowWater();
    this.#high = 0;
    await this.#querier.query(this.#resyncSql);
    return true;
  }

  async #look(extent: 'whole' | 'above'): Promise<OutboxRow[]> {
    const gaps: readonly Gap[] =
      extent === 'whole' ? this.#held.gapsAbove(this.#low.mark) : [{ after: this.#high, before: null }];
    const started = performance.now();
    const { rows } = await this.#querier.query(this.#claimSql, [
      gaps.map(({ after }) => after),
      gaps.map(({ before }) => before ?? '9223372036854775807'),
      this.#limit,
    ]);
    const now = performance.now();
    if (extent === 'whole') this.#wholeDue = nextWholeLook(now, now - started - rows.length * rowTime);
    const parsed = rows.map(parseOutboxRow);
    this.#limit = nextLimit(this.#limit, {
      rows: parsed.length,
      changes: parsed.reduce((sum, { tuples }) => sum + Math.max(1, tuples.length), 0),
      bytes: parsed.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    return parsed;
  }

  async #moveMark(): Promise<void> {
    if (!this.#low.pending || performance.now() - this.#markedAt < markSpacing) return;
    this.#markedAt = performance.now();
    const snapshot = await this.#querier.query('SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin');
    const drawn = this.#low.provable(BigInt(snapshot.rows[0]?.['xmin'] ?? '0'));
    if (drawn === null) return;
    const { rows } = await this.#querier.query(this.#firstSql, [this.#low.mark, drawn]);
    const first = rows[0]?.['first'] ?? null;
    this.#low.moved(drawn, first === null ? null : Number(first));
  }
}
