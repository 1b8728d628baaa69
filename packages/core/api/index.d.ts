// The public types of @sluice/core. Written by `npm run api`; do not edit.
export type { StandardSchemaV1 } from '@standard-schema/spec';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** What a capture needs to acknowledge a batch. Only the capture that made it can read it. */
export type AcknowledgeToken = unknown;

export interface AggregateField extends FieldBase {
    readonly kind: 'aggregate';
    readonly function: AggregateFunction;
    /** `has_many`, or `many_to_many` where `through` was given. */
    readonly relation: Relation;
    /** null for count and ids. */
    readonly column: string | null;
    /** The type of the value: long for count, double for avg, the element's for ids. */
    readonly valueType: ScalarType;
    readonly options: JsonObject;
}

export type AggregateFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'ids';

export interface BindResult {
    readonly index: string;
    /** null where a diagnostic is an error. */
    readonly plan: IndexPlan | null;
    readonly diagnostics: readonly Diagnostic[];
}

/** What the source keeps for a capture, and what it will do with it; what the mechanism cannot tell is absent. */
export interface CaptureHealth {
    /**
     * `ready`: what is kept can be delivered. `endangered`: the source is about to let go of some of it by
     * itself. `lost`: it has. `absent`: nothing was made yet.
     */
    readonly state: 'ready' | 'endangered' | 'lost' | 'absent';
    /** Why it is endangered or lost, or what keeps the source from letting go, for people. */
    readonly reason?: string;
    /** Who reads it now, for people; absent where nobody does. */
    readonly heldBy?: string;
    /** Log or outbox bytes that the source keeps for this capture. */
    readonly retainedBytes?: number;
    /** Changes or rows that wait; an estimate where counting would cost. */
    readonly changes?: number;
    /** Age of the oldest change that is not acknowledged, in ms. */
    readonly oldestAge?: number;
    /** How much the source keeps at most by its own settings, in bytes; absent: no bound. */
    readonly sourceLimitBytes?: number;
    /** How much can still be written until the source lets go by itself. */
    readonly safeBytes?: number;
    /** In the mechanism's own words, such as `wal_status`. */
    readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** How far acknowledging is behind the source; a member that the mechanism cannot tell is absent. */
export interface CaptureLag {
    /** Log or outbox bytes that the source keeps for this capture. */
    readonly bytes?: number;
    readonly changes?: number;
    /** Age of the oldest change that is not acknowledged, in ms. */
    readonly oldestChangeAge?: number;
}

/** One entry per table, however many plans read it. */
export interface CaptureRequirements {
    readonly tables: readonly RequiredTable[];
}

/**
 * One changed row, or one whole table.
 *
 * A change never carries the row: documents are read from the source as it is. It carries only
 * the columns that a join, document key, id or routing depends on (`RequiredTable.links`), as
 * they were and as they became, so that a moved or deleted child still names its old parent.
 *
 * - `insert`: `after`. `delete`: `before`. `update`: `after`, and `before` when a link moved;
 *   without `before` the links are the same as in `after`. A mechanism that sees rows in sets, and not
 *   which became which, reports the two states of a moved row as two updates, each in `after`; one that
 *   cannot tell an insert from an update reports an update.
 * - `truncate`: the table was emptied. `resync`: the mechanism no longer knows what changed
 *   in that table (`reason` says why). Neither has values.
 */
export interface Change {
    /** The table as plans name it: for a partition, its root. */
    readonly table: TableName;
    readonly operation: ChangeOperation;
    readonly before?: RowValues;
    readonly after?: RowValues;
    /**
     * The configuration accepts, for this table by name, that links may be missing: what cannot be
     * traced is let go. Without it a missing link is an error of whoever needs it.
     */
    readonly lossAccepted?: true;
    readonly reason?: string;
}

/** Part of one transaction, or several whole ones. Immutable once yielded. */
export interface ChangeBatch {
    /** Empty for a batch that only moves the position on an idle source. */
    readonly changes: readonly Change[];
    readonly token: AcknowledgeToken;
    /**
     * Set where the stream can be resumed after this batch, and nothing before it is missing then. null
     * inside a transaction that the mechanism can only give as a whole.
     */
    readonly position: Position | null;
    /** A position that `barrier` gave lies in this batch: somebody waits to hear that it is durable. */
    readonly barrier?: boolean;
    /**
     * xid8 values (decimal) of every transaction in the batch that readers may not see yet.
     * Nothing may be resolved or built before all of them are visible. Empty: no fence needed.
     */
    readonly transactions: readonly string[];
    /** Commit time of the newest transaction, in ms since the epoch; null if unknown. */
    readonly committedAt: number | null;
    /** Approximate memory held by the batch, in bytes. */
    readonly bytes: number;
}

/**
 * Finds out *which rows* changed; knows nothing of documents.
 *
 * Order of calls: `inspect`, `provision`, `stream`, `settled`, and then `acknowledge`, `barrier`
 * and `lag` at any time while the stream runs. `inspect`, `script` and `lag` are legal always and
 * change nothing in the source. There may be several instances on one mechanism, in several processes;
 * one of them streams.
 *
 * Every method that asks the source throws `SLUICE_SOURCE_UNAVAILABLE` where it cannot be reached (try
 * again).
 *
 * A mechanism that cannot report something (deletes, say, where it polls) may still be a capture:
 * `inspect` then says so of every table concerned, as a problem with its `guarantee`.
 */
export interface ChangeCapture {
    /** What there is of the mechanism, and of each required table, in their order, whether it is covered. */
    inspect(required: CaptureRequirements): Promise<CoverageReport>;
    /**
     * Does what `inspect` says is missing and fixable; idempotent; safe to repeat after it was broken off
     * at any step. A mechanism that is made begins now: what was committed before is not its business,
     * and tables can join it later, also while it streams. In the log, identities come before
     * publication, publication before slot. Throws `SLUICE_CAPTURE_NOT_PROVISIONED` (with the SQL as
     * hint) where the role may not.
     */
    provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport>;
    /** What `provision` would run now, for a DBA; nothing where nothing is missing. */
    script(required: CaptureRequirements): Promise<ProvisionScript>;
    /**
     * Removes all that `provision` ever made and restores what it altered, and says what that was;
     * idempotent. The application can write before, meanwhile and afterwards. Legal while nobody streams.
     */
    deprovision(options: ProvisionOptions): Promise<readonly string[]>;
    /** What `deprovision` would run, for a DBA, where this role may not. Read-only. */
    removal?(): Promise<readonly string[]>;
    /**
     * Resolves when a scan started afterwards sees every row whose writing transaction is not
     * certain to be delivered by the stream (a transaction open while a table joined the capture).
     * Legal after `provision`; may run beside the stream.
     */
    settled(options: ProvisionOptions): Promise<void>;
    /**
     * Resumes from the mechanism's own durable position: every change of a required table after it is
     * yielded at least once, when its transaction has committed; of what was rolled back nothing. A
     * transaction that began before another and commits after it is no exception. The order of changes
     * says nothing: documents are read as they are. Pulling is the back-pressure; memory is bounded
     * however slow the consumer.
     *
     * One stream at a time; an instance whose stream has ended may stream again. Ends normally when
     * `signal` aborts, and lets go of the mechanism when the consumer stops pulling for good. Throws
     * `SLUICE_CAPTURE_LOST` where the mechanism is gone or can no longer deliver (until it is provisioned
     * anew; or `SLUICE_CAPTURE_NOT_PROVISIONED` where there never was one), and `SLUICE_CAPTURE_IN_USE`
     * while another instance streams.
     */
    stream(required: CaptureRequirements, signal: AbortSignal): AsyncIterable<ChangeBatch>;
    /**
     * That batch, and every batch yielded before it, is durable everywhere. In any order, as often as it
     * comes, also after `close`; cheap; never throws, and ignores what is no token of its own. The
     * mechanism learns of it soon (at most a second later while the stream runs, and before `close`
     * resolves) and then does not yield it again. Inside a transaction the mechanism may count it only
     * when the whole transaction is acknowledged.
     */
    acknowledge(token: AcknowledgeToken): void;
    /**
     * A position that covers every transaction visible when it was called: whatever the stream yields up
     * to it includes their changes. Becomes durable only if the stream runs. An idle stream moves to it
     * too.
     */
    barrier(): Promise<Position>;
    /**
     * Negative when a is before b, 0 when equal, positive when after: for positions of batches the order in
     * which whichever instance of this mechanism yielded them. The position of a barrier is not after
     * those that cover it. Asks nobody.
     */
    comparePositions(a: Position, b: Position): number;
    /**
     * Names this mechanism in this source: the same for every instance, another when it is another slot,
     * outbox or kind, or was removed and made anew.
     */
    identity(): Promise<string>;
    /**
     * The position that the mechanism itself resumes from; null where it has none yet. Never goes back,
     * and never passes what was acknowledged.
     */
    acknowledged(): Promise<Position | null>;
    /** Answers while the stream is blocked. */
    lag(): Promise<CaptureLag>;
    /** Answers while the stream is blocked, also where nothing was made; changes nothing. */
    health?(): Promise<CaptureHealth>;
    /**
     * Lets go of all that the source keeps for this capture, and says what it did. The gap is on record in
     * the source before anything is let go: afterwards `inspect` says `lost`, or the stream yields a `resync`
     * of every table, also after a crash in between. Legal while this instance does not stream; throws
     * `SLUICE_CAPTURE_IN_USE`, having done nothing, where another one does. Idempotent; without a mechanism
     * it does nothing.
     */
    release?(reason: string, options: ProvisionOptions): Promise<readonly string[]>;
    /** Whether a text is a position of this kind of mechanism. Asks nobody. */
    isPosition?(text: string): boolean;
    /**
     * What `inspect` says by `heldBy`; null where nobody else follows the mechanism, or there is none. Cheap,
     * and changes nothing: a process that stands by asks every second, so that it takes over as soon as the
     * one that leads has ended. Absent: it tries to lead instead, every few seconds.
     */
    heldBy?(): Promise<string | null>;
    /** Hands over what was acknowledged, and ends every connection. Legal when no stream runs; twice is once. */
    close(): Promise<void>;
}

export type ChangeOperation = 'insert' | 'update' | 'delete' | 'truncate' | 'resync';

/**
 * What makes an error one of Sluice's, whichever copy of this package made it (`PluginContext.error`
 * does it for plugins): a `code` of the catalogue.
 */
export interface CodedError extends Error {
    readonly code: ErrorCode;
    readonly hint?: string | undefined;
    readonly location?: SourceLocation | undefined;
    readonly diagnostics?: readonly FileDiagnostic[] | undefined;
    readonly report?: string | undefined;
}

/** A URL, or its parts, env references already resolved. `@sluice/postgres` reads it. */
export type ConnectionConfig = string | {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly ssl?: JsonValue;
};

export interface ConstantField extends FieldBase {
    readonly kind: 'constant';
    readonly value: JsonValue;
    readonly options: JsonObject;
}

/** Something that takes nothing from the guarantees and that people should know. */
export interface CoverageNotice {
    readonly message: string;
    readonly hint?: string;
}

/** One thing that keeps a guarantee from holding, with what would mend it. */
export interface CoverageProblem {
    /** A code of the catalogue, `SLUICE_…`. */
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** The guarantee lost, in words: "deletes from shop.items cannot be traced to their order". */
    readonly guarantee?: string;
    /** SQL that a DBA would run. */
    readonly sql?: readonly string[];
    /** The current role could mend it by `provision`. */
    readonly fixable: boolean;
}

/** What a capture finds of its own mechanism in the source. Made without changing anything. */
export interface CoverageReport {
    /** `absent`: not made yet. `lost`: was there, can no longer deliver what it missed. */
    readonly mechanism: 'ready' | 'absent' | 'lost';
    /** Server-wide or mechanism-wide: wal_level, role, limits, a pooler in the way. */
    readonly problems: readonly CoverageProblem[];
    readonly tables: readonly TableCoverage[];
    /** What is otherwise than usual and does not matter for what is promised: that a pooler is in the way. */
    readonly notices?: readonly CoverageNotice[];
    /**
     * Who follows the mechanism at this moment, where that is another connection than this capture's
     * own live stream: for people. A stream that begins now would throw `SLUICE_CAPTURE_IN_USE`.
     */
    readonly heldBy?: string;
}

/** A dead letter as the sink keeps it: no body, since documents are read from rows. */
export interface DeadLetter extends Omit<NewDeadLetter, 'at'> {
    /** In ms since the epoch, of the first and of the last `put`. */
    readonly firstAt: number;
    readonly lastAt: number;
    /** How often it was put. Two who put it at the same time may count as one. */
    readonly count: number;
}

/** Up to which version a document has no letter any more. */
export interface DeadLetterRemoval extends DocumentReference {
    /** As encoded by `encodeVersion`. */
    readonly version: bigint;
}

/**
 * Documents that could not be written, by generation and place: at most one letter each. Written to
 * by several instances at once. Legal before any index is made.
 */
export interface DeadLetterStore {
    /**
     * Durable when it resolves, and there for every instance to see; each place at most once. A letter of the same place is
     * replaced, which leaves its `firstAt` and raises its `count`; one of a higher version stays as it
     * is. Resolves to how many places had no letter before.
     */
    put(generation: Generation, letters: readonly NewDeadLetter[]): Promise<number>;
    /**
     * Removes letters whose version is not above the given one; a letter that is not there is no
     * mistake. Durable when it resolves, to how many were removed. One that is put later comes in,
     * whatever its version.
     */
    remove(generation: Generation, upTo: readonly DeadLetterRemoval[]): Promise<number>;
    /** The letters at these places, in no order; a place without one gives nothing. */
    get(generation: Generation, places: readonly DocumentReference[]): Promise<readonly DeadLetter[]>;
    /**
     * Every letter of the generation that was durable when called, each once, in pages of at most
     * `pageSize`. May be left after any page.
     */
    list(generation: Generation, pageSize: number): AsyncIterable<readonly DeadLetter[]>;
}

/** Something wrong with a schema, by itself or against the catalog. */
export interface Diagnostic {
    readonly severity: 'error' | 'warning';
    /** A code of the catalogue, `SLUICE_…`. */
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** Place in the YAML file. */
    readonly path: SourcePath;
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
    build(plan: IndexPlan, keys: readonly DocumentKey[], onUnbuildable?: OnUnbuildable): Promise<readonly Document[]>;
    /**
     * For people: the statement that `build` runs for these keys, and how the source runs it (one
     * line of the plan each). Reads, writes nothing. Absent where there is no such thing.
     */
    explain?(plan: IndexPlan, keys: readonly DocumentKey[]): Promise<{
        readonly sql: string;
        readonly plan: readonly string[];
    }>;
    /** Ranges of about `size` root rows, also of rows that are written later. */
    split(plan: IndexPlan, size: number): Promise<RangeSplit>;
    /**
     * Every document in the range, in key order, in pages of at most `pageSize`, and of fewer where
     * documents are large: about 4 MiB of text each. Each page is from one short statement with its own
     * version: a row that is there from beginning to end comes once, one that comes or goes meanwhile
     * may. Yields no deletes. May be left at any page. Tells of unbuildable rows before it yields a page
     * of rows after them, or ends.
     */
    scan(plan: IndexPlan, range: KeyRange, pageSize: number, onUnbuildable?: OnUnbuildable): AsyncIterable<readonly Document[]>;
    /**
     * Of these places in a sink, those that hold no document now: as deletes, with a version. The
     * delete at a place whose row lies at another routing now is followed by its document there, from
     * the same snapshot, as `build` gives it. A place whose row is unbuildable is not among them.
     */
    absent(plan: IndexPlan, places: readonly DocumentReference[], onUnbuildable?: OnUnbuildable): Promise<readonly Document[]>;
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

/** Names one document: the root row's key, and where the document lies in a sink. */
export interface DocumentKey {
    /** Text values of `IndexPlan.key`, in order, canonical under the pinned settings. */
    readonly key: readonly string[];
    readonly id: string;
    readonly routing: string | null;
}

/** Where a document lies in a sink. */
export interface DocumentReference {
    readonly id: string;
    readonly routing: string | null;
}

export type ErrorCode = keyof typeof errorCatalogue;

export type Field = ScalarField | ConstantField | ObjectField | GeoField | MapField | JoinField | AggregateField;

/** Something wrong in a file of the user's, with its place. */
export interface FileDiagnostic {
    readonly severity: 'error' | 'warning';
    readonly code: ErrorCode;
    /** What is wrong with what. Names the key, so that it can be read without the frame. */
    readonly message: string;
    /** What to do about it. */
    readonly hint?: string | undefined;
    readonly location: SourceLocation;
}

/** A condition over one row's columns. Values are compared in the column's type. */
export type Filter = {
    readonly kind: 'column';
    readonly column: string;
    readonly op: FilterOperator;
    /** One value; a list for in, not_in; two for between; none for is_null, is_not_null. */
    readonly values: readonly FilterValue[];
    readonly at: SourcePath;
} | {
    readonly kind: 'raw';
    readonly sql: string;
    /** null: find the columns in the SQL. */
    readonly dependsOn: readonly string[] | null;
    readonly at: SourcePath;
};

export type FilterOperator = 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'not_in' | 'between' | 'like' | 'ilike' | 'is_null' | 'is_not_null';

export type FilterValue = string | number | bigint | boolean;

/** One generation of one index: a physical index of its own. */
export interface Generation {
    /** The index's name in the configuration. */
    readonly index: string;
    /** 16 hex digits over what shapes mapping and content. */
    readonly hash: string;
    /** 1, 2, … per index. */
    readonly number: number;
    readonly schema: IndexSchema;
}

export interface GenerationSize {
    /** That a search could find now: of a generation that is being filled, perhaps none. */
    readonly documents: number;
    /** On disk, with its copies; null: unknown. */
    readonly bytes: number | null;
}

/** What a sink with several generations behind one name can do. Each generation holds documents of its own. */
export interface GenerationStore {
    /** Relaxes durability of search (refresh, replicas) for a backfill. Idempotent. */
    beginBackfill(generation: Generation): Promise<void>;
    /** The configured settings again; everything written is searchable when it resolves. Idempotent. */
    endBackfill(generation: Generation): Promise<void>;
    /**
     * Moves the name that users search to this generation, in one step: a search finds the former
     * generation or this one, never neither or both, and when it resolves this one. Idempotent.
     */
    promote(generation: Generation): Promise<void>;
    /** The generation that users search now, whoever promoted it; null if none. */
    promoted(index: string): Promise<{
        readonly hash: string;
        readonly number: number;
    } | null>;
    /** Whether the physical index is there. */
    exists(generation: Generation): Promise<boolean>;
    /**
     * Deletes the physical index, with all that it knew of versions. Idempotent. Never the promoted
     * one: throws `SLUICE_SINK_REFUSED`.
     */
    drop(generation: Generation): Promise<void>;
    /**
     * Takes the name that users search away from this generation, so that it can be dropped: of an index
     * that nobody wants any more. The documents stay. Idempotent; where the name leads to another
     * generation, or nowhere, nothing changes. Absent: the last generation of an index cannot be removed.
     */
    withdraw?(generation: Generation): Promise<void>;
    /** For people: how much there is of a generation; null where it is not there. Absent: nobody knows. */
    size?(generation: Generation): Promise<GenerationSize | null>;
}

export interface GeoField extends FieldBase {
    readonly kind: 'geo';
    /** Two coordinates, or one json/text/point column. null when a coordinate is. */
    readonly source: {
        readonly kind: 'coordinates';
        readonly lat: string;
        readonly lon: string;
    } | {
        readonly kind: 'column';
        readonly column: string;
    };
    readonly required: boolean;
    readonly options: JsonObject;
}

/** A document as the sink holds it, with what it says. */
export interface HeldBody {
    /** As encoded by `encodeVersion`. */
    readonly version: bigint;
    /** The JSON text that was written: every digit of its numbers, whatever the white space between tokens. */
    readonly body: string;
}

/** A document as the sink holds it. */
export interface HeldDocument extends DocumentReference {
    /** As encoded by `encodeVersion`. */
    readonly version: bigint;
}

/**
 * An index's schema bound to the live catalog by a document builder: keys found, types checked,
 * dependencies known. Immutable. Only the builder that made it can read more of it than this.
 */
export interface IndexPlan {
    readonly schema: IndexSchema;
    /** The root's key columns, in key order. */
    readonly key: readonly string[];
    /** The columns that make the `_id`. */
    readonly docId: readonly string[];
    /** Every table that the documents read, one entry each. */
    readonly tables: readonly RequiredTable[];
}

/**
 * One `*.schema.yml`, validated, with every default that needs no database filled in.
 * Plain JSON (apart from `at`, it *is* what the hash covers).
 */
export interface IndexSchema {
    /** The index's name in the configuration. */
    readonly index: string;
    readonly table: TableName;
    /** null: the table's own primary key. */
    readonly primaryKey: readonly string[] | null;
    /** Columns that make the `_id`; null: the primary key. */
    readonly docId: readonly string[] | null;
    readonly routing: string | null;
    readonly softDelete: SoftDelete | null;
    /** AND of all. */
    readonly filters: readonly Filter[];
    readonly fields: readonly Field[];
    /** Index settings merged over the sink's. */
    readonly settings: JsonObject;
    readonly at: SourcePath;
}

export interface JoinField extends FieldBase {
    readonly kind: 'join';
    readonly relation: Relation;
    readonly fields: readonly Field[];
    readonly orderBy: readonly OrderBy[];
    /** Rows rendered at most; null: all. */
    readonly limit: number | null;
    /** to-one: a missing row is reported by `check`. */
    readonly required: boolean;
    /** Default: nested for to-many, object for to-one. */
    readonly as: 'nested' | 'object';
    readonly options: JsonObject;
}

export type JoinType = 'belongs_to' | 'has_one' | 'has_many' | 'many_to_many';

export type JsonObject = {
    readonly [key: string]: JsonValue;
};

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | {
    readonly [key: string]: JsonValue;
};

/** Part of the root table, by key: after `from` (exclusive; null: the start) to `to` (inclusive; null: the end). */
export interface KeyRange {
    readonly from: readonly string[] | null;
    readonly to: readonly string[] | null;
}

/** One line per event; fields are flat. Secrets never reach it. */
export interface Logger {
    debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
    info(message: string, fields?: Readonly<Record<string, unknown>>): void;
    warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A json/jsonb object whose keys are not known beforehand. */
export interface MapField extends FieldBase {
    readonly kind: 'map';
    readonly column: string;
    readonly values: ScalarType;
    readonly required: boolean;
    readonly options: JsonObject;
}

/** What is known of a document that could not be written. */
export interface NewDeadLetter extends DocumentKey {
    /** As encoded by `encodeVersion`: of the state that could not be written. */
    readonly version: bigint;
    /** `rejected`: the sink refused the document for good. `unbuildable`: an expression fails on the row. */
    readonly cause: 'rejected' | 'unbuildable';
    /** For people, never empty. */
    readonly reason: string;
    /** When that was, in ms since the epoch. */
    readonly at: number;
}

/** A sub-object made of the same row. */
export interface ObjectField extends FieldBase {
    readonly kind: 'object';
    readonly fields: readonly Field[];
    readonly options: JsonObject;
}

/**
 * Sees what happens. Synchronous and cheap; every method is optional; what it throws is ignored.
 * Metrics, logs, the progress view and the status page are all observers.
 */
export interface Observer {
    phase?(phase: RunPhase): void;
    captured?(event: {
        readonly changes: number;
        readonly bytes: number;
    }): void;
    /** A merged group of batches became durable in every required sink. */
    durable?(event: {
        readonly changes: number;
        readonly committedAt: number | null;
        readonly at: number;
    }): void;
    acknowledged?(event: {
        readonly position: string;
    }): void;
    stage?(event: {
        readonly stage: Stage;
        readonly index: string | null;
        readonly ms: number;
        readonly items: number;
    }): void;
    written?(event: {
        readonly index: string;
        readonly sink: string;
        readonly documents: number;
        readonly deletes: number;
        readonly conflicts: number;
        readonly source: 'live' | 'scan';
    }): void;
    rejected?(event: {
        readonly index: string;
        readonly sink: string;
        readonly id: string;
        readonly reason: string;
        readonly policy: string;
    }): void;
    /**
     * The dead letters of an index in a sink: how many came and went, and how many there are now. Told
     * once where a session begins, and then whenever that changes.
     */
    deadLetters?(event: {
        readonly index: string;
        readonly sink: string;
        /** Of the generation. */
        readonly generation: number;
        readonly added: number;
        readonly cleared: number;
        readonly total: number;
    }): void;
    retry?(event: {
        readonly what: 'source' | 'sink';
        readonly name: string;
        readonly attempt: number;
        readonly delayMs: number;
        readonly error: Error;
    }): void;
    /** A sink or the source answers again. */
    recovered?(event: {
        readonly what: 'source' | 'sink';
        readonly name: string;
    }): void;
    backfill?(event: {
        readonly index: string;
        readonly sink: string;
        readonly rows: number;
        readonly total: number;
        readonly done: boolean;
        readonly kind: 'backfill' | 'reconcile';
        readonly reason?: string;
    }): void;
    promoted?(event: {
        readonly index: string;
        readonly sink: string;
        readonly generation: number;
    }): void;
    /** What the source keeps for a capture: every few seconds, while a session is waited for, too. */
    health?(event: {
        /** The plugin's short name. */
        readonly capture: string;
        readonly health: CaptureHealth;
        readonly level: SafetyLevel;
    }): void;
    /** What waits between capture and sinks: every few seconds. */
    queued?(event: {
        readonly batches: number;
        readonly bytes: number;
        /** Merged groups of batches of which something is still to be done. */
        readonly unfinished: number;
    }): void;
    /** The source was made to let go of what it kept: every index is reconciled. */
    released?(event: {
        readonly capture: string;
        readonly reason: string;
    }): void;
    /** Something an operator must know, though the run goes on. `code` is of the catalogue. */
    warning?(event: {
        readonly code: string;
        readonly message: string;
        readonly hint?: string;
        readonly index?: string;
        readonly table?: TableName;
    }): void;
    info?(event: {
        readonly message: string;
    }): void;
}

/** Is told of each row on which an expression fails. */
export type OnUnbuildable = (row: UnbuildableDocument) => void;

export interface OrderBy {
    readonly column: string;
    readonly direction: 'asc' | 'desc';
    /** null: Postgres's own (last for asc, first for desc). */
    readonly nulls: 'first' | 'last' | null;
    readonly at: SourcePath;
}

/** The level of these contracts. A plugin names the level it was made for. */
export declare const PLUGIN_API = 1;

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

/**
 * What a plugin package's entry exports as `default`: a plain object. No class identity, no registry
 * across the boundary: the plugin may have its own copy of everything.
 */
export interface Plugin<Kind extends PluginKind = PluginKind, Options = unknown> {
    /** The level of these contracts that it was made for: `PLUGIN_API` of that time. As in the manifest. */
    readonly api: number;
    /** As in the manifest. */
    readonly kind: Kind;
    /** What configurations call it: lower-case letters, digits and hyphens. As in the manifest. */
    readonly name: string;
    /** One line for people. */
    readonly summary: string;
    /**
     * Checks what a configuration gives beside `plugin`. Whatever it gets, it answers with a value or with
     * issues, and never throws; what is no object or holds a key that is unknown is refused, so that a
     * mistyped option is told. Text that stands for a number or a boolean is read as one where the schema
     * refuses the text, since environment variables give text.
     */
    readonly options: StandardSchemaV1<unknown, Options>;
    /**
     * Called once per run and use, with what `options` gave back. It opens what it needs and returns; it
     * does not wait for a server, which may be down for now. Opens nothing that the product's `close`
     * would not close. What it throws ends the run; a product that comes after 30 s is closed.
     */
    create(context: PluginContext, options: Options): PluginProducts[Kind] | Promise<PluginProducts[Kind]>;
}

/** All that a plugin gets from its host. */
export interface PluginContext {
    readonly logger: Logger;
    /** Aborts when the run ends. */
    readonly signal: AbortSignal;
    /** The source's connection, for captures and document builders. */
    readonly connection: ConnectionConfig;
    /** The deployment's prefix; '' if none. */
    readonly prefix: string;
    /** Relative paths in options are relative to it. */
    readonly baseDir: string;
    /** Output meant for programs (documents of the stdout sink). */
    readonly stdout: NodeJS.WritableStream;
    /**
     * Makes an error that the engine knows by its code, for the plugin to throw: so a plugin imports
     * nothing but types. `message` says what happened to what, `hint` what to do.
     */
    readonly error: (code: PluginErrorCode, message: string, details?: {
        readonly hint?: string;
        readonly cause?: unknown;
    }) => Error;
}

/** The codes that the engine acts on; which method may throw which is said where the method is. */
export type PluginErrorCode = 'SLUICE_SOURCE_UNAVAILABLE' | 'SLUICE_SOURCE_UNSUPPORTED' | 'SLUICE_SOURCE_HISTORY_CHANGED' | 'SLUICE_SOURCE_DRIFT' | 'SLUICE_DOCUMENT_UNBUILDABLE' | 'SLUICE_CAPTURE_NOT_PROVISIONED' | 'SLUICE_CAPTURE_LOST' | 'SLUICE_CAPTURE_IN_USE' | 'SLUICE_SINK_UNAVAILABLE' | 'SLUICE_SINK_REFUSED';

export type PluginKind = 'capture' | 'documents' | 'sink' | 'queue';

/**
 * The `sluice` key of a plugin's package.json: read before any code is imported.
 */
export interface PluginManifest {
    readonly api: number;
    readonly kind: PluginKind;
    readonly name: string;
    /** The module that exports the plugin, relative to the package's root. */
    readonly entry: string;
    /**
     * The module that `sluice plugin verify` gets the driver for the kind's conformance checks from,
     * relative to the package's root. Its default export is the driver, or a function that makes one of
     * a `PluginContext`. Absent: nothing but manifest, shape and options can be checked.
     */
    readonly conformance?: string;
    readonly summary?: string;
}

export interface PluginProducts {
    capture: ChangeCapture;
    documents: DocumentBuilder;
    sink: Sink;
    queue: Queue;
}

/**
 * A place in the capture's own order. Opaque text: only the capture that made it can compare it.
 */
export type Position = string;

export interface ProvisionOptions {
    readonly signal: AbortSignal;
    /** Called when the source makes us wait: for which session, since when, by whom. */
    readonly onWait?: (message: string) => void;
}

/** What `provision` did. */
export interface ProvisionReport {
    /** The mechanism was made by this call: whatever happened before is unknown to it. */
    readonly created: boolean;
    /** Tables that this call began to cover: earlier changes of them were not captured. */
    readonly added: readonly TableName[];
    /** The statements that ran, for the log. */
    readonly statements: readonly string[];
}

/** A reviewed script for a DBA. */
export interface ProvisionScript {
    readonly sections: readonly {
        readonly title: string;
        readonly statements: readonly string[];
    }[];
}

/**
 * What lies between capture and engine: a bounded buffer, in which every batch that `publish` resolved
 * for comes out of `take` once, whole, and in the order of publishing.
 *
 * The engine acknowledges a batch to the capture when the sinks have it, never because the queue has
 * it; at the start of a session it empties the queue. So what a dead process had taken, or what a
 * queue that is not durable lost with it, comes again from the capture.
 */
export interface Queue {
    /**
     * Whether what was published and not taken outlives the process, even a killed one: the next
     * instance on the same store gives it.
     */
    readonly durable: boolean;
    /**
     * Waits while full, before those that came later. A batch larger than the bound is let in alone;
     * one without changes counts, too. When aborted it throws the signal's reason, and the batch does
     * not come out. Throws once the queue was closed.
     */
    publish(batch: ChangeBatch, signal: AbortSignal): Promise<void>;
    /**
     * All that is there, without waiting for more: at least one batch, at most `limit` changes in all
     * (one batch may be larger alone). null when the queue was closed and is empty. When aborted it
     * throws the signal's reason, and has taken nothing.
     */
    take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null>;
    /** Cheap: asked often. */
    depth(): QueueDepth;
    /** No more will be published; whose `publish` waits already still gets in. Idempotent. */
    close(): Promise<void>;
}

/** What was published and not taken. */
export interface QueueDepth {
    readonly batches: number;
    readonly changes: number;
    readonly bytes: number;
}

export interface RangeSplit {
    /** Together they cover every possible key, without overlap. */
    readonly ranges: readonly KeyRange[];
    /** Estimated root rows in all. */
    readonly rows: number;
}

/**
 * Small durable records beside the documents, changed only by compare-and-set, whoever else changes
 * them. Legal before any index is made. A revision never comes again under the same id, not even
 * when the record was removed and made anew.
 */
export interface RecordStore {
    /** Every record, with what any instance stored last. */
    list(): Promise<readonly StoredRecord[]>;
    /**
     * Of these ids, the records that there are, in any order, with what any instance stored last. Cheap: a
     * run asks every second or two. Absent: `list` is asked in its place.
     */
    read?(ids: readonly string[]): Promise<readonly StoredRecord[]>;
    /**
     * Durable when it resolves, to the new revision. `expected`: the revision read before, null for a
     * new record. Resolves to null, changing nothing, when the record was changed, made or removed in
     * between.
     */
    put(id: string, value: JsonValue, expected: string | null): Promise<string | null>;
    /** Durable when it resolves to true. False, changing nothing, when the record was changed or removed in between. */
    remove(id: string, expected: string): Promise<boolean>;
}

/** A document that the store refused; what it holds in that place stays as it was. */
export interface RejectedDocument {
    /** As it was given. */
    readonly document: Document;
    /** For people, never empty. */
    readonly reason: string;
    /** The sink was busy: the same document, built again, may be accepted later. Otherwise it never will be. */
    readonly retryable: boolean;
}

/** How rows of this table find rows of the related one. */
export interface Relation {
    readonly join: JoinType;
    readonly table: TableName;
    /**
     * belongs_to: columns on this table. has_one, has_many: `foreignKey` columns on the related table.
     * many_to_many: none, the keys are in `through`.
     */
    readonly columns: readonly string[];
    /** The columns on the other side that `columns` name; null: that side's primary key. */
    readonly references: readonly string[] | null;
    /** many_to_many only. `references` are then this side's columns, `primaryKey` the related side's. */
    readonly through: Through | null;
    /** The related table's key; null: its own primary key. Orders arrays, breaks ties. */
    readonly primaryKey: readonly string[] | null;
    /** Which related rows count. AND of all. */
    readonly filters: readonly Filter[];
}

/** What a plan needs a capture to report about one table. */
export interface RequiredTable {
    readonly table: TableName;
    /** The table's primary key, in key order; empty for a keyless table. */
    readonly key: readonly string[];
    /**
     * Columns whose values before *and* after a change must be known: document key, `doc_id`,
     * `routing`, the child's join columns, referenced columns of a `belongs_to` target.
     */
    readonly links: readonly string[];
    /** Every column that any plan reads, links included. A change of other columns means nothing. */
    readonly watched: readonly string[];
    readonly uses: readonly TableUse[];
}

/**
 * Column values of one row, as the text Postgres prints under the pinned settings
 * (TimeZone UTC, DateStyle ISO, bytea hex …). `null` is SQL NULL. A column that the mechanism
 * did not report is *absent*, which is not the same as null.
 */
export type RowValues = Readonly<Record<string, string | null>>;

/** `standing by`: another process leads; this one takes over when that one ends. */
export type RunPhase = 'connecting' | 'standing by' | 'provisioning' | 'backfilling' | 'live' | 'draining' | 'stopped';

/** How much of what the user allowed the source keeps for Sluice: see `source.limits`. */
export type SafetyLevel = 'fine' | 'warning' | 'limit';

export interface ScalarField extends FieldBase {
    readonly kind: 'scalar';
    readonly type: ScalarType;
    readonly column: string;
    /** A NULL is a diagnostic against a nullable column. */
    readonly required: boolean;
    /** Takes the place of NULL. null: none. */
    readonly default: string | number | boolean | null;
    readonly transforms: readonly Transform[];
    /** Merged over the mapping; wins. */
    readonly options: JsonObject;
    /** For enum: values in rank order; adds a `.sort` subfield. */
    readonly variants: readonly string[] | null;
    /** For custom: the Postgres types that fit and the OpenSearch type. */
    readonly custom: {
        readonly postgres: readonly string[];
        readonly opensearch: string;
    } | null;
}

export type ScalarType = 'text' | 'identifier' | 'keyword' | 'enum' | 'uuid' | 'boolean' | 'short' | 'integer' | 'long' | 'float' | 'double' | 'decimal' | 'date' | 'timestamp' | 'binary' | 'json' | 'custom';

/**
 * Where documents land.
 *
 * `ensureIndex` before the first `write`; several writes may run at once, and several instances on
 * one store. `close` after the last write has settled. Every method throws `SLUICE_SINK_UNAVAILABLE` while the sink is down or busy
 * (try again, with documents built anew: the fate of the request is unknown) and
 * `SLUICE_SINK_REFUSED` where trying again cannot help (credentials, privileges, wrong cluster). An
 * instance works again as soon as its store does.
 */
export interface Sink {
    /**
     * `versioned`: ignores a document whose version is older than what the store holds in its place, and
     * takes an equal one. Deletes have versions, too, also of documents that were never there: what is
     * older than a delete stays out, for an hour at least while the store runs.
     * `in-order`: cannot tell, so it has no conflicts and holds what was written last; the engine never
     * has two writes of one document in flight.
     */
    readonly ordering: 'versioned' | 'in-order';
    /**
     * What of the sink's own options shapes the physical index (static settings, analysis): joins the
     * hash, so the same options and schema always give the same. Asks no server.
     */
    fingerprint(schema: IndexSchema): JsonValue;
    /**
     * For people: the physical index that a schema leads to (settings and mappings). Asks no server.
     * Absent where there is nothing to show.
     */
    describe?(schema: IndexSchema): JsonValue;
    /**
     * Makes the physical index where it is missing and applies changed dynamic settings; documents stay
     * as they are. Idempotent, on every start, perhaps by two processes at once.
     */
    ensureIndex(generation: Generation): Promise<void>;
    /**
     * Resolves when what was accepted is durable, and in the store for every instance to see. A body
     * replaces the whole document, as the text that it is: number by number, digit by digit. A document
     * lies under exactly its id, or is rejected; one that the store refuses keeps no other out. The
     * delete of what is not there is accepted.
     *
     * Throws the signal's reason when aborted: at once, having written nothing, where it was aborted
     * before; what was on its way then may have arrived. Sends no body again after a failure of
     * unknown fate.
     *
     * May throw `SLUICE_SINK_INDEX_GONE` where the physical index is not there any more: the engine makes
     * it and fills it again. Never makes one by itself.
     */
    write(request: WriteRequest): Promise<WriteReport>;
    /**
     * Everything that was durable when it was called is found by users' searches when it resolves, also what
     * other instances wrote. Called for those who wait to read what they wrote, never for every write.
     * Absent: what is durable is found at once.
     */
    refresh?(generation: Generation): Promise<void>;
    /**
     * Names the place where documents and records land: the same for every instance that leads there, by
     * whatever address, and another one for every other place. Two sinks of one configuration must not be
     * one place, since each would undo what the other remembers. Absent: nobody looks.
     */
    location?(): Promise<string>;
    /** Absent: the sink remembers nothing; it is never scanned for at a start. */
    readonly records?: RecordStore;
    readonly generations?: GenerationStore;
    readonly reader?: SinkReader;
    /** Absent: indexes with `on_reject: dead_letter` cannot go to this sink. */
    readonly deadLetters?: DeadLetterStore;
    /** Idempotent. Flushes nothing: what was accepted is durable already. Other instances go on. */
    close(): Promise<void>;
}

/** Reads back what the sink holds. */
export interface SinkReader {
    /**
     * Every document of the generation that was durable when called, each place once, in pages of at
     * most `pageSize`, holding a few pages in memory. A document written meanwhile comes in its former
     * or its new state, one deleted meanwhile or new may come. May be left after any page; several may
     * run at once.
     */
    list(generation: Generation, pageSize: number): AsyncIterable<readonly HeldDocument[]>;
    /**
     * What each of these places holds now, in their order; null: no document. Whatever any instance
     * wrote before the call is seen, also what no search finds yet. Any number of places, any of them
     * more than once; several calls may run at once. Absent: bodies cannot be had back as they were
     * written, and the sink cannot be verified.
     */
    read?(generation: Generation, places: readonly DocumentReference[]): Promise<readonly (HeldBody | null)[]>;
}

/**
 * The one error class of Sluice's own code. `message` says what happened to what; `hint` what to do.
 * Recognise it with `isSluiceError`, never with `instanceof`: a plugin may have its own copy of this
 * package, or none.
 */
export declare class SluiceError extends Error {
    readonly code: ErrorCode;
    readonly hint: string | undefined;
    readonly location: SourceLocation | undefined;
    /** Sorted by file and place; empty where the error is not about the user's files. */
    readonly diagnostics: readonly FileDiagnostic[];
    /** What to print in place of `message` and `hint` where it is set. */
    readonly report: string | undefined;
    constructor(code: ErrorCode, message: string, details?: SluiceErrorDetails);
    /** The process exit code this error leads to. */
    get exitCode(): 1 | 2 | 3;
}

export interface SluiceErrorDetails {
    /** What to do about it. */
    readonly hint?: string | undefined;
    readonly cause?: unknown;
    readonly location?: SourceLocation | undefined;
    /** Everything wrong in the user's files, where the error is about those. */
    readonly diagnostics?: readonly FileDiagnostic[] | undefined;
    /** The diagnostics with their frames, secrets redacted, ready to print. */
    readonly report?: string | undefined;
}

/**
 * NULL and false are alive, true and any other value are deleted; `when` narrows that: a row is
 * deleted where it is marked *and* all of those filters hold.
 */
export interface SoftDelete {
    readonly column: string;
    readonly when: readonly Filter[];
    readonly at: SourcePath;
}

/** A place in a file, 1-based, columns in UTF-16 units. */
export interface SourceLocation {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    /** How many columns are meant, for the carets; 1 if absent. */
    readonly length?: number;
}

/**
 * Where a node stands in its YAML file: keys and sequence indexes from the root,
 * `['fields', 2, 'column']`. Never part of a schema's hash.
 */
export type SourcePath = readonly (string | number)[];

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

/** What part of a batch's way took how long, in ms. */
export type Stage = 'fence' | 'resolve' | 'build' | 'write';

/** A record with its revision, for compare-and-set. */
export interface StoredRecord {
    readonly id: string;
    readonly value: JsonValue;
    readonly revision: string;
}

export interface TableCoverage {
    readonly table: TableName;
    readonly covered: boolean;
    readonly problems: readonly CoverageProblem[];
}

/** A table as the database names it: case and quotes as written, never folded. */
export interface TableName {
    readonly schema: string;
    readonly name: string;
}

export type TableRole = 'root' | 'child' | 'parent' | 'junction';

/** Why a table is needed: for messages. */
export interface TableUse {
    readonly index: string;
    readonly role: TableRole;
    /** The field that reads it, `orders.items`; empty for the root. */
    readonly field: string;
}

/** The junction of a many_to_many. Columns are matched in order. */
export interface Through {
    readonly table: TableName;
    /** Names this side. */
    readonly leftKey: readonly string[];
    /** Names the related side. */
    readonly rightKey: readonly string[];
    readonly at: SourcePath;
}

/**
 * What became of a transaction. `unknown`: it ended, so long ago that the source does not know how.
 * `future`: the source has not begun any transaction of this id.
 */
export type TransactionOutcome = 'open' | 'committed' | 'aborted' | 'unknown' | 'future';

export type Transform = {
    readonly kind: 'lowercase';
} | {
    readonly kind: 'trim';
};

/** A row on which an expression fails, so that nobody can tell what its document is. */
export interface UnbuildableDocument extends DocumentKey {
    /** N of a snapshot taken after the failure. */
    readonly version: bigint;
    /** For people, never empty. */
    readonly reason: string;
}

/** What became of the documents of one write: each is accepted, a conflict or rejected. */
export interface WriteReport {
    /** Documents that the sink holds durably now (deletes included, conflicts not). */
    readonly accepted: number;
    /** Documents left out because the sink holds a version that is newer. */
    readonly conflicts: number;
    /** The highest encoded version that a conflict named; null without conflicts. */
    readonly highestHeld: bigint | null;
    readonly rejected: readonly RejectedDocument[];
}

export interface WriteRequest {
    readonly generation: Generation;
    /** Upper bits of every version: see `encodeVersion`. */
    readonly epoch: number;
    /** At most one per place. Bodies are JSON objects. */
    readonly documents: readonly Document[];
    readonly signal: AbortSignal;
}

/** The error as a SluiceError: itself, or made anew with its code and hint; SLUICE_INTERNAL where it has none. */
export declare function asSluiceError(error: unknown): SluiceError;

/**
 * One text per value: keys sorted by UTF-16 units, no spaces, bigint as its digits, `undefined`
 * entries left out. So `1n` and `1` are the same content. Throws a TypeError on what JSON cannot
 * say (functions, NaN, infinities).
 */
export declare function canonicalJson(value: unknown): string;

/** The first 64 bits of the SHA-256 of the canonical JSON, as 16 hex digits. */
export declare function contentHash(value: unknown): string;

/**
 * The version a sink stores: `epoch · 2^48 + version`. Fits a signed 64-bit integer for epochs
 * below 32,768 and is above 2^53 from epoch 32 on, so it is a bigint throughout.
 */
export declare function encodeVersion(epoch: number, version: bigint): bigint;

/**
 * Every code that Sluice reports, with what it means and the exit code it leads to
 * (1 failed while running, 2 usage or validation, 3 environment). `warning`: a run tells of it and goes
 * on. The reference page of errors is
 * made from it.
 */
export declare const errorCatalogue: object;

/** Whether an error has a code of the catalogue, or this very code. By shape, whichever package made it. */
export declare function isSluiceError(error: unknown, code?: ErrorCode): error is CodedError;

/** A schema without the places of its nodes (`at`): what its hash covers. */
export declare function schemaContent(schema: IndexSchema): unknown;

/**
 * The text with such characters spelt out as `\u001b`: names and values of a database, of a sink or of a
 * file may hold them, and must not be able to rewrite what a person sees. Inside a JSON string it says the
 * same as before.
 */
export declare function visibleText(text: string): string;

/* Not exported: part of what is. */
interface FieldBase {
    /** The key in the document. */
    readonly name: string;
    readonly at: SourcePath;
}
