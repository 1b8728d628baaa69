import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@sluice/core';
import { type SourcePool, sqlState } from '@sluice/postgres';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { noteFileSql } from '../ddl/outbox-file.ts';

/** Deleted rows that are worth a VACUUM. */
const vacuumAfter = 10_000;
/** Between two of them, in ms; more where they take long, so that they cost a twentieth of the time at most. */
const vacuumSpacing = 1000;
/** Rows that VACUUM had to leave, because some transaction might still see them. */
const compactAfter = 100_000;
/** More rows than these are not carried over while writers wait. */
const mostCarried = 5000;
/** How long writers may queue behind our wait for the lock, and behind what follows, in ms. */
const lockTimeout = 20;
const workTimeout = 250;
/** Between two tries, in ms: doubled after each that failed. */
const compactSpacing = 1000;
const longestSpacing = 60_000;
/** Between two tries to end a VACUUM, in ms. */
const cancelSpacing = 200;

/** Lock not available, statement cancelled, deadlock: somebody writes just now. */
const busy: ReadonlySet<string> = new Set(['55P03', '57014', '40P01']);

/**
 * Keeps the outbox small. Autovacuum looks once a minute: at thousands of rows a second that is much
 * dead weight. And while a long transaction keeps deleted rows from being removed the table grows
 * without end: then the few rows that wait are carried into an empty one.
 *
 * Both need rights that a reader need not have: ownership, and TRUNCATE. Without them autovacuum does
 * what it can.
 */
export class Upkeep {
  readonly #pool: SourcePool;
  readonly #names: CaptureNames;
  readonly #outbox: string;
  readonly #logger: Logger;
  readonly #sequence: string;
  readonly #vacuum: string;
  #rights: { readonly vacuum: boolean; readonly compact: boolean } | null = null;
  #deleted = 0;
  #due = 0;
  #compactDue = 0;
  #failures = 0;
  /** VACUUM had to leave much, and it was not carried away yet. */
  #left = false;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param pool May scan: what reads the outbox by its key alone would wade through all that is dead. */
  constructor(pool: SourcePool, names: CaptureNames, logger: Logger) {
    this.#pool = pool;
    this.#names = names;
    this.#outbox = inSchema(names, 'outbox');
    this.#sequence = inSchema(names, 'outbox_id_seq');
    this.#logger = logger;
    // Its end is kept: giving it back would lock out writers, who need it again at once.
    this.#vacuum = `VACUUM (TRUNCATE off, SKIP_LOCKED) ${this.#outbox}`;
  }

  /** So many rows were deleted just now. */
  deleted(rows: number): void {
    this.#deleted += rows;
    this.#start();
  }

  /** Now, or when it is due: nobody may ever delete anything again. */
  #start(): void {
    if (this.#closed || this.#running !== null || this.#rights?.vacuum === false) return;
    if (this.#deleted < vacuumAfter && !this.#left) return;
    clearTimeout(this.#timer);
    const due = this.#deleted < vacuumAfter ? Math.max(this.#due, this.#compactDue) : this.#due;
    const wait = due - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#start(), wait);
      this.#timer.unref();
      return;
    }
    this.#deleted = 0;
    this.#running = this.#work()
      .catch((error: unknown) => this.#logger.debug('outbox not vacuumed', { error: String(error) }))
      .finally(() => {
        this.#running = null;
        this.#start();
      });
  }

  /** Cuts a VACUUM short: where an operator slowed it down it takes minutes, and the next one does its work. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#running !== null) {
      const tried = this.#cancelVacuum().catch(() => undefined);
      await Promise.race([this.#running, tried.then(() => delay(cancelSpacing))]);
    }
  }

  /** Behind a pooler nobody knows the process: it is told by what it runs. */
  async #cancelVacuum(): Promise<void> {
    await this.#pool.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
       WHERE usename = current_user AND datname = current_database() AND state = 'active'
         AND right(query, length($1)) = $1`,
      [this.#vacuum],
    );
  }

  async #work(): Promise<void> {
    this.#due = performance.now() + vacuumSpacing;
    this.#rights ??= await this.#readRights();
    if (!this.#rights.vacuum) return;
    const started = performance.now();
    await this.#pool.outside(this.#vacuum);
    const now = performance.now();
    this.#due = now + Math.max(vacuumSpacing, (now - started) * 20);
    if (!this.#rights.compact || this.#closed) return;
    const { rows } = await this.#pool.query(
      'SELECT n_dead_tup AS dead FROM pg_stat_all_tables WHERE relid = $1::regclass',
      [this.#outbox],
    );
    this.#left = Number(rows[0]?.['dead'] ?? 0) >= compactAfter;
    if (this.#left && now >= this.#compactDue) await this.#compact();
  }

  async #readRights() {
    const { rows } = await this.#pool.query(
      `SELECT pg_has_role(c.relowner, 'USAGE') AS vacuum, has_table_privilege(c.oid, 'TRUNCATE')
         AND has_table_privilege($2::regclass, 'INSERT') AND has_table_privilege($2::regclass, 'UPDATE') AS compact
       FROM pg_class c WHERE c.oid = $1::regclass`,
      [this.#outbox, inSchema(this.#names, 'meta')],
    );
    const granted = (name: string) => rows[0]?.[name] === 't';
    if (!granted('vacuum')) {
      this.#logger.info('outbox is left to autovacuum: the role does not own it', { table: this.#outbox });
    }
    return { vacuum: granted('vacuum'), compact: granted('vacuum') && granted('compact') };
  }

  async #compact(): Promise<void> {
    const started = performance.now();
    try {
      if (await this.#carry()) {
        this.#failures = 0;
        this.#left = false;
        this.#logger.debug('outbox compacted: a long transaction keeps deleted rows', {
          table: this.#outbox,
        });
      } else {
        this.#failures += 1;
        this.#logger.debug('outbox not compacted yet: too much waits in it', { table: this.#outbox });
      }
    } catch (error) {
      if (!busy.has(sqlState(error) ?? '')) throw error;
      this.#failures += 1;
      this.#logger.debug('outbox not compacted yet: it is being written to', { error: String(error) });
    }
    const now = performance.now();
    const spacing = Math.min(compactSpacing * 2 ** Math.min(this.#failures, 10), longestSpacing);
    this.#compactDue = now + Math.max(spacing, (now - started) * 20);
  }

  /**
   * Writers wait for short locks only, however much is dead. Whoever has written a row that is not committed
   * holds a lock on the table, and took it before it drew an id: the first lock proves that each row with an
   * id drawn before can be seen, or never will be, and the second one the same of those after. So what is
   * dead is read in between, and under the second lock only what was found, and what came later, is looked
   * for by its key. False where too much waits.
   */
  async #carry(): Promise<boolean> {
    const last = await this.#pool.query(`SELECT last_value AS drawn FROM ${this.#sequence}`);
    const drawn = Number(last.rows[0]?.['drawn'] ?? 0);
    await this.#pool.script(
      `SET LOCAL lock_timeout = ${lockTimeout}; LOCK TABLE ${this.#outbox} IN SHARE MODE`,
    );
    const { rows } = await this.#pool.query(
      `SELECT id FROM ${this.#outbox} WHERE id <= $1 LIMIT ${mostCarried + 1}`,
      [drawn],
    );
    if (rows.length > mostCarried) return false;
    const before = await this.#generation();
    await this.#pool.script(
      carrySql(
        this.#names,
        drawn,
        rows.map(({ id }) => Number(id)),
      ),
    );
    return (await this.#generation()) !== before;
  }

  /** Of the table's file: another one once it was emptied. */
  async #generation(): Promise<string | null> {
    const { rows } = await this.#pool.query('SELECT pg_relation_filenode($1::regclass) AS file', [
      this.#outbox,
    ]);
    return rows[0]?.['file'] ?? null;
  }
}

/**
 * One message, and so one transaction which no pause of ours can prolong. Ids and transactions stay what
 * they were.
 *
 * @param found Of the rows with ids up to `drawn`, those that were there.
 */
function carrySql(names: CaptureNames, drawn: number, found: readonly number[]): string {
  const outbox = inSchema(names, 'outbox');
  return `SET LOCAL lock_timeout = ${lockTimeout};
SET LOCAL statement_timeout = ${workTimeout};
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
DO $sluice$
DECLARE
  v_rows ${outbox}[];
BEGIN
  LOCK TABLE ${outbox} IN ACCESS EXCLUSIVE MODE;
  SELECT pg_catalog.array_agg(o) INTO v_rows FROM (
    SELECT * FROM ${outbox} WHERE id > ${drawn}
    UNION ALL
    SELECT * FROM ${outbox} WHERE id = ANY ('{${found.join()}}'::bigint[])
    LIMIT ${mostCarried + 1}
  ) AS o;
  IF pg_catalog.cardinality(v_rows) > ${mostCarried} THEN RETURN; END IF;
  TRUNCATE ${outbox};
  INSERT INTO ${outbox} (xid, id, src, op, rows, at) OVERRIDING SYSTEM VALUE
    SELECT o.xid, o.id, o.src, o.op, o.rows, o.at FROM pg_catalog.unnest(v_rows) AS o ORDER BY o.id;
  ${noteFileSql(names)};
END
$sluice$`;
}
