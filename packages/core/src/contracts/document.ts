import type { Change, TableName } from './change.ts';
import type { BindResult, IndexPlan } from './plan.ts';
import type { IndexSchema } from './schema.ts';

/** Names one document: the root row's key, and where the document lies in a sink. */
export interface DocumentKey {
  /** Text values of `IndexPlan.key`, in order, canonical under the pinned settings. */
  readonly key: readonly string[];
  readonly id: string;
  readonly routing: string | null;
}

/** A document as it was at one snapshot, or the fact that there was none. */
export interface Document extends DocumentKey {
  /**
   * The number of finished transactions that the snapshot sees:
   * `pg_snapshot_xmax(s) − count(pg_snapshot_xip(s))`. Higher is newer; equal is the same state.
   */
  readonly version: bigint;
  /** JSON text, never parsed on the way; null: there is no such document (delete it). */
  readonly body: string | null;
}

/** A row on which an expression fails, so that nobody can tell what its document is. */
export interface UnbuildableDocument extends DocumentKey {
  /** N of a snapshot taken after the failure. */
  readonly version: bigint;
  /** For people, never empty. */
  readonly reason: string;
}

/** Is told of each row on which an expression fails. */
export type OnUnbuildable = (row: UnbuildableDocument) => void;

/** Part of the root table, by key: after `from` (exclusive; null: the start) to `to` (inclusive; null: the end). */
export interface KeyRange {
  readonly from: readonly string[] | null;
  readonly to: readonly string[] | null;
}

export interface RangeSplit {
  /** Together they cover every possible key, without overlap. */
  readonly ranges: readonly KeyRange[];
  /** Estimated root rows in all. */
  readonly rows: number;
}

/** Which database this is, and how far its history has come. */
export interface SourceState {
  /** `system_identifier` of pg_control_system(). */
  readonly system: string;
  /** First 8 hex digits of the current WAL file's name; switches at promotion. */
  readonly timeline: string;
  readonly databaseOid: string;
  readonly database: string;
  readonly host: string;
  /**
   * When the server that answered was started, in its own words: the same text under whatever name it is
   * reached and for as long as it runs, another one after a restart and on every copy. Absent: unknown.
   */
  readonly started?: string;
  /** N of a snapshot taken now. */
  readonly version: bigint;
}

/** Where a document lies in a sink. */
export interface DocumentReference {
  readonly id: string;
  readonly routing: string | null;
}

/**
 * Turns changed rows into documents, read from the source as it is now.
 *
 * Every method throws `SLUICE_SOURCE_UNAVAILABLE` when the connection fails (try again) and
 * `SLUICE_SOURCE_HISTORY_CHANGED` when an answer came from recovery or from another timeline than
 * the last `source()` reported: such an answer is thrown away. What concerns one index alone is
 * `SLUICE_SOURCE_DRIFT` (its tables changed) and `SLUICE_DOCUMENT_UNBUILDABLE` (an expression fails on
 * a row, which `build`, `scan` and `absent` name). Given `onUnbuildable`, those three may tell it of such
 * rows, and go on without them.
 */
/**
 * What became of a transaction. `unknown`: it ended, so long ago that the source does not know how.
 * `future`: the source has not begun any transaction of this id.
 */
export type TransactionOutcome = 'open' | 'committed' | 'aborted' | 'unknown' | 'future';

export interface DocumentBuilder {
  /**
   * Legal always. From then on only answers from the history that it reports are taken: called where
   * a session begins, and never within one. Throws `SLUICE_SOURCE_UNSUPPORTED` for a standby, or
   * `SLUICE_SOURCE_UNAVAILABLE` for one that was a primary before.
   */
  source(): Promise<SourceState>;

  /**
   * N of a snapshot taken now, of the history that the last `source()` reported: higher than that of any
   * snapshot that sees less.
   */
  version(): Promise<bigint>;

  /**
   * Binds schemas to the live catalog; one result per schema, in order: what does not fit is told by
   * diagnostics of that schema, and the others are bound. Changes nothing. Legal again at any time.
   */
  bind(schemas: readonly IndexSchema[]): Promise<readonly BindResult[]>;

  /**
   * Resolves when a snapshot taken now sees all these transactions (xid8, decimal) as finished. Must
   * have resolved before `resolve` and `build` for the changes they made. Throws the signal's reason
   * when aborted.
   */
  fence(transactions: readonly string[], signal: AbortSignal): Promise<void>;

  /**
   * What became of a transaction (xid8, decimal). Where it is `committed`, a snapshot taken afterwards sees
   * it. Absent where the source has no such ids. Reads, writes nothing.
   */
  outcome?(transaction: string): Promise<TransactionOutcome>;

  /**
   * From changed rows (never truncate or resync) to the keys of the documents that hold them, or
   * held them before, in pages of bounded size, however many documents one row touches. A key may
   * come more than once. One statement per join path, never one per row.
   */
  resolve(plan: IndexPlan, changes: readonly Change[]): AsyncIterable<readonly DocumentKey[]>;

  /**
   * One document per key, in order, each with the version of the snapshot that it is from, and the same
   * bytes for the same rows, whichever builder builds or scans them. A key with
   * no row, a row outside the filters, a soft-deleted row, or a row that now lies at another id or
   * routing is a delete. The delete of a row that only its routing moved is followed by one more
   * document, the row where it lies now, from the same snapshot: both may be on one shard, so they
   * must be written in this order.
   */
  build(
    plan: IndexPlan,
    keys: readonly DocumentKey[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]>;

  /**
   * For people: the statement that `build` runs for these keys, and how the source runs it (one
   * line of the plan each). Reads, writes nothing. Absent where there is no such thing.
   */
  explain?(
    plan: IndexPlan,
    keys: readonly DocumentKey[],
  ): Promise<{ readonly sql: string; readonly plan: readonly string[] }>;

  /** Ranges of about `size` root rows, also of rows that are written later. */
  split(plan: IndexPlan, size: number): Promise<RangeSplit>;

  /**
   * Every document in the range, in key order, in pages of at most `pageSize`, and of fewer where
   * documents are large: about 4 MiB of text each. Each page is from one short statement with its own
   * version: a row that is there from beginning to end comes once, one that comes or goes meanwhile
   * may. Yields no deletes. May be left at any page. Tells of unbuildable rows before it yields a page
   * of rows after them, or ends.
   */
  scan(
    plan: IndexPlan,
    range: KeyRange,
    pageSize: number,
    onUnbuildable?: OnUnbuildable,
  ): AsyncIterable<readonly Document[]>;

  /**
   * Of these places in a sink, those that hold no document now: as deletes, with a version. The
   * delete at a place whose row lies at another routing now is followed by its document there, from
   * the same snapshot, as `build` gives it. A place whose row is unbuildable is not among them.
   */
  absent(
    plan: IndexPlan,
    places: readonly DocumentReference[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]>;

  /** Where the rows with these keys lie now, live or not; null for a key without a row. */
  locate?(plan: IndexPlan, keys: readonly (readonly string[])[]): Promise<readonly (DocumentKey | null)[]>;

  /**
   * For people, to tell a document that was left behind from one that somebody changed: for each of these
   * root rows a version that snapshots pass about when the row was last written. Documents from before
   * that are not above it. null: no such row, or nobody knows. What rows of other tables say of it is left out.
   */
  lastChanged?(plan: IndexPlan, keys: readonly (readonly string[])[]): Promise<readonly (bigint | null)[]>;

  /**
   * Why no row can have this key, for people: `the key \`id\` is an integer`. null where one can.
   */
  keyProblem?(plan: IndexPlan, key: readonly string[]): Promise<string | null>;

  /** The statements behind a plan: for people. */
  describe?(plan: IndexPlan): PlanDescription;

  /** Ends every connection; twice is once. */
  close(): Promise<void>;
}

/** What a builder asks its source. */
export interface PlanDescription {
  readonly build: string;
  readonly scan: string;
  /** Every way from a table up to the documents. */
  readonly resolve: readonly {
    readonly table: TableName;
    /** The fields that read the table this way, `orders.items`. */
    readonly fields: readonly string[];
    /** Columns of a changed row, before and after, that lead upward. */
    readonly columns: readonly string[];
    /** null: the columns' values are the documents' keys. */
    readonly statement: string | null;
  }[];
}
