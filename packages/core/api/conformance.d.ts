// The public types of @sluice/core/conformance. Written by `npm run api`; do not edit.
import type { CaptureRequirements, Change, ChangeBatch, ChangeCapture, DocumentBuilder, DocumentReference, Generation, IndexSchema, Plugin, PluginContext, Position, Queue, RowValues, Sink } from '@sluice/core';

/** All that the kit needs to know of a capture. */
export interface CaptureDriver {
    /** A new source for each check. */
    start(): Promise<CaptureSource>;
    /**
     * What the mechanism cannot give, each with words that `inspect` says of it in `guarantee`:
     * `{ deletes: /deletes/ }`. The checks that need it are then left out, and the words are looked for.
     */
    readonly missing?: Partial<Readonly<Record<CaptureGuarantee, RegExp>>>;
    /** How long the kit waits for what must come, in ms; it only bounds a failure. Default 30 s. */
    readonly patienceMs?: number;
}

/**
 * What a mechanism may be unable to give. Without it a document can stay wrong for ever, so the capture
 * has to say it: `inspect` reports a problem with a `guarantee` for every table concerned.
 *
 * - `deletes`: a deleted row is reported.
 * - `before`: an update that moves the key or a link tells where the row was.
 * - `truncates`: an emptied table is reported.
 * - `late commits`: a transaction that began to write before another committed, and commits after it
 *   was acknowledged, is reported. Without it a transaction may not be open for longer than a moment.
 * - `one stream`: a second process is refused while the first streams.
 */
export type CaptureGuarantee = 'deletes' | 'before' | 'truncates' | 'late commits' | 'one stream';

/** A source and the capture on it, for one check. */
export interface CaptureSource extends TestSource {
    /**
     * A new instance of the capture on this source, as a new process would make it: with the same options
     * each time, and none that another source's capture has (slot, schema, outbox).
     */
    open(): Promise<ChangeCapture>;
    /**
     * Cuts an instance off from the source for good, as if its machine died or its network failed: what it
     * has not sent yet never arrives, and the source lets go of its connections. The kit still calls
     * `close`.
     */
    cutOff(capture: ChangeCapture): Promise<void>;
    /**
     * Names of what `provision` made in the source, read from the source itself: empty before `provision`
     * and after `deprovision`. There is always something: at least what remembers the position.
     */
    remains(): Promise<readonly string[]>;
    /** Takes the mechanism away behind the capture's back (drops the slot, the outbox), while no stream runs. */
    lose(): Promise<void>;
    /**
     * Bytes that the instances hold in memory. Only for a source that lives in this process itself;
     * default: the heap after a collection.
     */
    memory?(): number;
}

/** Pulls from a capture and keeps what comes; acknowledges when it is told to. For tests. */
export declare class ChangeConsumer {
    #private;
    readonly batches: ChangeBatch[];
    readonly changes: Change[];
    /** What the stream ended with, where it did not end by itself. */
    error: unknown;
    done: boolean;
    readonly capture: ChangeCapture;
    constructor(capture: ChangeCapture, required: CaptureRequirements, options?: {
        readonly patienceMs?: number | undefined;
    });
    /** Takes the next batch with changes, and then pulls no more until `resume`. */
    pause(): void;
    resume(): void;
    acknowledgeAll(): void;
    /** Waits until the stream has yielded `position`. Throws what the stream ended with. */
    reaches(position: Position): Promise<void>;
    /** Everything that was committed before the call has been yielded. */
    caughtUp(): Promise<void>;
    /** Waits for a condition on what came so far. Throws what the stream ended with. */
    until(what: string, condition: (changes: readonly Change[]) => boolean): Promise<readonly Change[]>;
    /** Waits for the stream's end and gives what it threw; undefined where it ended normally. */
    failure(): Promise<unknown>;
    /** Aborts the stream and waits until it has ended. Throws where it does not end. */
    stop(): Promise<void>;
}

export type CheckResult = {
    readonly name: string;
    readonly outcome: 'passed';
} | {
    readonly name: string;
    readonly outcome: 'not concerned';
    readonly reason: string;
} | {
    readonly name: string;
    readonly outcome: 'failed';
    readonly error: Error;
};

/** One promise of a contract, with the proof that an implementation keeps it. */
export interface ConformanceCheck<Driver> {
    /** Completes the sentence "A conforming implementation …"; also the name of the test. */
    readonly name: string;
    /**
     * Why this check does not concern what the driver stands for ("the sink has no generations");
     * null where it does. Never a way around a promise that the implementation makes.
     */
    readonly notFor?: (driver: Driver) => string | null;
    /** Rejects, with what was expected and what was seen, where the promise is broken. */
    readonly run: (driver: Driver) => Promise<void>;
}

/** All that the kit needs to know of a document builder. */
export interface DocumentBuilderDriver {
    /** A new source for each check. */
    start(): Promise<DocumentSource>;
    /**
     * For a builder that changes documents: what it makes of one that the schema describes. JSON text to
     * JSON text; deterministic. Default: nothing is changed.
     */
    readonly transform?: (body: string) => string;
    /**
     * For a builder that takes `onUnbuildable`: a condition for a `raw` filter that fails on every order of the
     * number 13 and is true of all others. Absent: the builder throws at such a row, whoever asks.
     */
    readonly failing?: string;
}

/** A source and builders on it, for one check. */
export interface DocumentSource extends TestSource {
    /** A new builder on this source, as a new process would make it. */
    open(): Promise<DocumentBuilder>;
    /** Cuts a builder off from the source for good, as if the network failed. The kit still calls `close`. */
    cutOff(builder: DocumentBuilder): Promise<void>;
}

export interface PostgresCaptureOptions extends SqlSourceOptions, Pick<CaptureDriver, 'missing' | 'patienceMs'> {
    /** A database for tests, of a role that may do everything there. Asked for each check. */
    url(): string | Promise<string>;
    /** A connection: `const client = new pg.Client(url); await client.connect(); return client`. */
    connect(url: string): Promise<SqlSession>;
    /**
     * A new instance. `name` is a lower-case name of this source's own: for a slot, a schema, a table of
     * positions, whatever another source's capture must not share. `schema` holds the tables.
     */
    create(context: PluginContext, name: string, schema: string): ChangeCapture | Promise<ChangeCapture>;
    /** `CaptureSource.remains`. */
    remains(session: SqlSession, name: string): Promise<readonly string[]>;
    /** `CaptureSource.lose`. */
    lose(session: SqlSession, name: string): Promise<void>;
}

export interface PostgresDocumentsOptions extends SqlSourceOptions, Pick<DocumentBuilderDriver, 'transform' | 'failing'> {
    /** A database for tests, of a role that may make schemas there. Asked for each check. */
    url(): string | Promise<string>;
    /** A connection: `const client = new pg.Client(url); await client.connect(); return client`. */
    connect(url: string): Promise<SqlSession>;
    /** A new builder. */
    create(context: PluginContext): DocumentBuilder | Promise<DocumentBuilder>;
}

/** What the checks need to drive one queue and its store. */
export interface QueueDriver {
    /** Whether the queues are durable. The checks hold them to it. */
    readonly durable: boolean;
    /**
     * What a queue of `open` may hold: configure it so that it is full beyond either. Small, so that
     * the checks can fill it: about 100 changes, 10 kB; at least 20 changes, 2 kB.
     */
    readonly bound: {
        readonly changes: number;
        readonly bytes: number;
    };
    /**
     * A new instance of the queue with this name; an unknown name means an empty queue. The checks open
     * a name a second time only where the queue is durable, and only after `kill`.
     */
    open(name: string): Promise<Queue>;
    /**
     * Ends an instance as a killed process would: nothing is flushed or handed back. Needed where the
     * queue is durable; resolves when another instance may be opened.
     */
    kill?(queue: Queue): Promise<void>;
    /** After the last check: removes what the checks made, and closes what is open. */
    cleanUp?(): Promise<void>;
}

export interface RunChecksOptions {
    /** After so many ms a check has failed: an implementation that never answers is not waited for. Default 30 s. */
    readonly deadlineMs?: number;
}

/** What a sink claims to be. The checks hold it to that, and to nothing that it does not claim. */
export interface SinkClaims {
    readonly ordering: Sink['ordering'];
    readonly records: boolean;
    readonly generations: boolean;
    readonly reader: boolean;
    /** Its reader gives bodies back (`reader.read`). Default false. */
    readonly bodies?: boolean;
    /** `records.read`. */
    readonly recordsById?: boolean;
    /** `generations.withdraw`. */
    readonly withdrawal?: boolean;
    /** `generations.size`. */
    readonly sizes?: boolean;
    /** Documents are found only some time after they were written, or by `refresh`. Default false. */
    readonly refresh?: boolean;
    /** It keeps dead letters. Default false. */
    readonly deadLetters?: boolean;
}

/**
 * What the checks need to drive one sink and its store. The checks make up the names of indexes and
 * records, so they can run on a store that holds other things, and leave those alone.
 */
export interface SinkDriver {
    readonly claims: SinkClaims;
    /**
     * A new instance, on the same store every time. Several are open at once, and some are never
     * closed by the check that opened them, as if their process had been killed: `cleanUp` ends those.
     */
    open(): Promise<Sink>;
    /**
     * The JSON text that the store holds at this place; null where it holds no document. Reads the
     * store itself, by its own means and not by the sink's code, so that a sink cannot vouch for itself.
     */
    read(generation: Generation, place: DocumentReference): Promise<string | null>;
    /**
     * What users of the store find at this place under the index's name, in the way in which they
     * search: the JSON text, or null. Needed where the sink claims generations.
     */
    search?(index: string, place: DocumentReference): Promise<string | null>;
    /**
     * The body of a document that the store must refuse for good, among documents with the fields of
     * `conformanceSchema`. Absent: the store takes every JSON object.
     */
    readonly poison?: string;
    /**
     * How the store itself keeps numbers. `text` (the default): with all their digits. `double`: as a
     * 64-bit float, whatever the sink sends.
     */
    readonly numbers?: 'text' | 'double';
    /**
     * Makes the store unreachable for every instance, and resolves to what ends that.
     * Absent: nothing lies between the sink and its store that could fail.
     */
    interrupt?(): Promise<() => Promise<void>>;
    /** After the last check: removes what the checks made, and closes what is open. */
    cleanUp?(): Promise<void>;
}

/** A transaction on a connection of its own: invisible to others until `commit`. */
export interface SourceTransaction extends SourceWriter {
    /** Its xid8, decimal; absent where transactions have no such ids. */
    id?(): Promise<string>;
    commit(): Promise<void>;
    rollback(): Promise<void>;
}

/** Writes rows of the shop. Values are text as Postgres prints it; `null` is NULL. */
export interface SourceWriter {
    /** Every column of a row is given. */
    insert(table: TestTableName, rows: readonly RowValues[]): Promise<void>;
    /** Changes the row with this key (all key columns); `set` may hold key columns. */
    update(table: TestTableName, key: RowValues, set: RowValues): Promise<void>;
    delete(table: TestTableName, key: RowValues): Promise<void>;
    truncate(table: TestTableName): Promise<void>;
}

/** One connection to Postgres; a `Client` of `pg` is one. */
export interface SqlSession {
    query(sql: string, values?: unknown[]): Promise<{
        readonly rows: readonly Readonly<Record<string, unknown>>[];
    }>;
    end(): Promise<void>;
}

export interface SqlSourceOptions {
    /** Runs after the tables are there: further columns, triggers of the application. */
    readonly prepare?: (session: SqlSession, schema: string) => Promise<void>;
}

/**
 * A source for one check: the tables of the shop, empty, with nothing of the plugin in it.
 * Each call of the writer is a transaction of its own, committed when it resolves.
 */
export interface TestSource extends SourceWriter {
    /** The schema that holds the tables. */
    readonly schema: string;
    begin(): Promise<SourceTransaction>;
    /** Removes all of it, whatever the check left behind; rolls back what is still open. */
    cleanUp(): Promise<void>;
}

export interface TestTable {
    readonly name: TestTableName;
    /** Primary key, in key order. */
    readonly key: readonly string[];
    /** Foreign keys' columns: may be NULL, and name rows that need not exist (there is no constraint). */
    readonly links: readonly string[];
    /** Every column with its Postgres type, in order. */
    readonly columns: Readonly<Record<string, 'bigint' | 'text' | 'uuid' | 'numeric' | 'integer'>>;
}

export type TestTableName = 'customers' | 'orders' | 'orderItems';

/** Every promise of `ChangeCapture`. */
export declare const captureChecks: readonly ConformanceCheck<CaptureDriver>[];

/** The schema of every index that the checks of sinks make: one field of each kind that stores tell apart. */
export declare function conformanceSchema(index: string): IndexSchema;

/** Every promise of `DocumentBuilder`. */
export declare const documentChecks: readonly ConformanceCheck<DocumentBuilderDriver>[];

/**
 * The driver that a conformance module's default export stands for: a driver, or a function (it may be
 * async) that makes one from a plugin context. With the function a published driver needs no code of
 * this package.
 */
export declare function driverOf(exported: unknown): Promise<unknown>;

/** What every plugin promises of its options, whatever its kind. The driver is the plugin itself. */
export declare const pluginChecks: readonly ConformanceCheck<Plugin>[];

/** A context as the host gives one to a plugin, for tests: a silent logger, no connection, a run that does not end. */
export declare function pluginContext(given?: Partial<PluginContext>): PluginContext;

/** A driver for a capture on Postgres, which does all but know the capture. */
export declare function postgresCapture(options: PostgresCaptureOptions): CaptureDriver;

/** A driver for a document builder on Postgres. */
export declare function postgresDocuments(options: PostgresDocumentsOptions): DocumentBuilderDriver;

/** Every promise of `Queue`. The driver's `cleanUp` is for whoever runs them. */
export declare const queueChecks: readonly ConformanceCheck<QueueDriver>[];

/** Runs the checks one after the other, without a test runner: for `sluice plugin verify`. Never rejects. */
export declare function runChecks<Driver>(checks: readonly ConformanceCheck<Driver>[], driver: Driver, { deadlineMs }?: RunChecksOptions): Promise<readonly CheckResult[]>;

/** Every promise of `Sink`. The driver's `cleanUp` is for whoever runs them. */
export declare const sinkChecks: readonly ConformanceCheck<SinkDriver>[];

/**
 * A test source in a Postgres database: the shop's tables in a new schema. `connect` gives a new
 * connection each time, of a role that may create schemas.
 */
export declare function sqlSource(connect: () => Promise<SqlSession>, { prepare }?: SqlSourceOptions): Promise<TestSource>;

/** What an index over the shop needs of a capture, for some of its tables or all. */
export declare function testRequirements(schema: string, only?: readonly TestTableName[]): CaptureRequirements;

/**
 * The small shop that the kits for captures and document builders work on. Names need quotes, keys
 * are composite, larger than a JavaScript number, a uuid, and text of any kind. A driver creates
 * these tables, in any schema; it may add columns that fill themselves (`updated_at`).
 */
export declare const testTables: readonly TestTable[];
