import { randomBytes } from 'node:crypto';
import pg from 'pg';
import {
  type ClientOptions,
  checkPinned,
  checkPinnedLocally,
  clientConfig,
  connectingFailed,
  pinsOf,
  settleTls,
} from './connection.ts';
import { sqlState } from './connection-errors.ts';
import { type ConnectionSettings, describeConnection } from './connection-settings.ts';
import { isAtWork, named, type SessionMark, watchAnswer } from './connection-watch.ts';
import { inLockTurns } from './lock-turns.ts';
import { finish, runPinned, type Statement, scriptPinned, transactPinned } from './pinned-query.ts';
import { type Pin, PoolerFound } from './pooler.ts';
import { defaultLimits, type SessionLimits } from './settings.ts';

/** An answer that takes longer is asked after, in ms. */
const patience = 10_000;

export interface PoolOptions extends Omit<ClientOptions, 'pin' | 'replication'> {
  /** Connections at most; 4 unless told. */
  readonly max?: number;
  /** How long an answer may take before the server is asked whether it works on it, in ms; 10 s unless told. */
  readonly patience?: number;
  /**
   * `allowed`: where a transaction pooler is in the way, every transaction brings the settings, and
   * nothing is left in a session. `refused` unless told: it is an error.
   */
  readonly poolers?: 'allowed' | 'refused';
  /**
   * Locks are waited for in turns of this many ms: after each, what the statement or transaction had locked
   * is given back, and all of it is tried again, until `limits.lockTimeout` is over. Who waits for it in a
   * circle so goes on, where a turn is shorter than the server's `deadlock_timeout`. Only for what may run
   * again, as all that reads may; `outside` is tried once. Absent: a lock is waited for in one go.
   */
  readonly lockTurn?: number;
}

export interface PoolStatement extends Statement {
  /** It is kept prepared under this name, where the connection is ours alone. */
  readonly name?: string;
}

/** What runs in one transaction, on one session. */
export type Transaction = Pick<pg.ClientBase, 'query'>;

/** Connections to one database, opened when first needed, pinned and checked as by `connect`. */
export interface SourcePool {
  /** One statement on any connection, values as text. Rejects with node-postgres' own error. */
  query<Row extends pg.QueryResultRow = Record<string, string | null>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** As `query`, with rows as lists. */
  cells(statement: PoolStatement): Promise<readonly (readonly (string | null)[])[]>;
  /** Several statements without values in one message, which is one transaction that no pause of ours can prolong. */
  script(text: string): Promise<void>;
  /**
   * One statement that must not run in a transaction, such as VACUUM. Behind a pooler it runs without the
   * settings: it names everything in full, and prints and parses no values.
   */
  outside(text: string): Promise<void>;
  /** Several statements in one transaction, which is rolled back where `work` rejects. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** Whether connections lead through a transaction pooler. Opens one where that is not known yet. */
  pooled(): Promise<boolean>;
  /** Idempotent; waits for statements that run, for none that is to be tried again. */
  end(): Promise<void>;
}

/** A connection for one use. */
interface Lent {
  readonly client: pg.PoolClient;
  /** Behind a pooler, what every transaction begins with. */
  readonly pins: string | null;
  /** Behind a pooler, what tells its statements from others. */
  readonly name: string | null;
}

/** What is known of each connection. */
type Marks = WeakMap<pg.ClientBase, SessionMark>;

/** Opens nothing before the first use, so it may be made while the source is down. */
export function createPool(settings: ConnectionSettings, wanted: PoolOptions): SourcePool {
  const { limits = defaultLimits, lockTurn } = wanted;
  const options = lockTurn === undefined ? wanted : { ...wanted, limits: ofOneTurn(limits, lockTurn) };
  let pin: Pin = 'session';
  let shared: Promise<pg.Pool> | undefined;
  let ended: Promise<void> | undefined;
  const given: Promise<void>[] = [];
  const ending = new AbortController();
  const marks: Marks = new WeakMap();
  const what = `connect to ${describeConnection(settings)}`;
  const name = settings.applicationName ?? options.applicationName;

  /** Finds out with one connection how all the others are made. */
  async function open(): Promise<pg.Pool> {
    if (options.poolers !== 'allowed' || pin === 'transaction') return await made(pin);
    try {
      const direct = await made('session');
      const first = await direct.connect().catch((error: unknown) => {
        given.push(direct.end());
        throw error;
      });
      first.release();
      return direct;
    } catch (error) {
      if (!(connectingFailed(error, what) instanceof PoolerFound)) throw error;
      pin = 'transaction';
      return await made(pin);
    }
  }

  async function made(as: Pin): Promise<pg.Pool> {
    const tls = await settleTls(settings, { ...options, pin: as });
    const pool = new pg.Pool({
      ...clientConfig(settings, { ...options, tls, pin: as }),
      max: options.max ?? 4,
      idleTimeoutMillis: 30_000,
      // Backends keep what they cached of every table they saw: a new one now and then frees it.
      maxLifetimeSeconds: 1800,
      verify: (client, done) => {
        check(client, as).then(
          () => done(),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
    });
    // The pool drops an idle connection that fails; whoever needs one next gets a new one.
    pool.on('error', () => undefined);
    // A lent connection that is lost between two queries, its first check included, must not end the
    // process. The pool's own listener is there only while it is not lent.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  /** In the pool's own terms: a connection that fails is not lent. */
  async function check(client: pg.ClientBase, as: Pin): Promise<void> {
    if (as === 'transaction') {
      const mark = { name: uniqueName(name) };
      marks.set(client, mark);
      await checkPinnedLocally(client, pinsOf(options, mark.name));
      return;
    }
    const { pid, direct } = await checkPinned(client);
    if (!direct && options.poolers === 'allowed') {
      throw new PoolerFound('Another process answers than the connection was told of.');
    }
    marks.set(client, { pid });
  }

  /** A failure is forgotten, so that the next call tries again. */
  function opened(): Promise<pg.Pool> {
    if (ended !== undefined) return Promise.reject(new Error('Client was closed and is not queryable'));
    if (shared === undefined) {
      const opening = open();
      shared = opening;
      opening.catch(() => {
        if (shared === opening) shared = undefined;
      });
    }
    return shared;
  }

  /** What led to the server itself leads to a pooler now: from now on every transaction brings its settings. */
  function leaveSessions(): void {
    if (pin === 'transaction') return;
    pin = 'transaction';
    if (shared !== undefined) given.push(endOf(shared));
    shared = undefined;
  }

  async function lend(): Promise<Lent> {
    let as = pin;
    try {
      const open = await opened();
      as = pin;
      const client = await open.connect();
      const mark = marks.get(client);
      const given = mark === undefined || 'pid' in mark ? null : mark.name;
      const pins = given === null ? null : pinsOf(options, given);
      return { client: mark === undefined ? client : watched(client, mark), pins, name: given };
    } catch (error) {
      const failure = connectingFailed(error, what, as);
      if (failure instanceof PoolerFound && options.poolers === 'allowed') leaveSessions();
      // Whoever waited for the former way goes the new one.
      if (as === pin) throw failure;
      return await lend();
    }
  }

  /** Until it is released. */
  function watched(client: pg.PoolClient, mark: SessionMark): pg.PoolClient {
    const everyMs = options.patience ?? patience;
    const asking: ClientOptions = { ...options, pin: 'pid' in mark ? 'session' : 'transaction' };
    const unwatch = watchAnswer(client, {
      everyMs,
      isAtWork: () => isAtWork(settings, asking, mark, everyMs),
    });
    // The pool gives each loan a `release` of its own.
    const release = client.release;
    client.release = (error) => {
      unwatch();
      release.call(client, error);
    };
    return client;
  }

  async function using<Result>(work: (lent: Lent) => Promise<Result>): Promise<Result> {
    const lent = await lend();
    try {
      const result = await work(lent);
      lent.client.release();
      return result;
    } catch (error) {
      lent.client.release(!isUsableAfter(error));
      throw error;
    }
  }

  /** As `using`, again where a lock was not to be had in a turn. */
  function inTurns<Result>(work: (lent: Lent) => Promise<Result>): Promise<Result> {
    if (lockTurn === undefined) return using(work);
    const turns = { turn: lockTurn, patience: limits.lockTimeout, signal: ending.signal };
    return inLockTurns(() => using(work), turns);
  }

  return {
    query: <Row extends pg.QueryResultRow = Record<string, string | null>>(
      text: string,
      values: readonly unknown[] = [],
    ) =>
      inTurns<pg.QueryResult<Row>>(({ client, pins }) =>
        pins === null ? client.query<Row>(text, [...values]) : runPinned<Row>(client, pins, { text, values }),
      ),
    cells: (statement) =>
      inTurns(async ({ client, pins }) => {
        const { rows } =
          pins === null
            ? await client.query<(string | null)[]>({
                ...statement,
                values: [...(statement.values ?? [])],
                rowMode: 'array',
              })
            : await runPinned<(string | null)[]>(client, pins, statement, 'array');
        return rows;
      }),
    script: (text) =>
      inTurns(async ({ client, pins }) => {
        if (pins === null) await client.query(text);
        else await scriptPinned(client, pins, text);
      }),
    outside: (text) =>
      using(async ({ client, name: told }) => {
        await client.query(told === null ? text : named(text, told));
      }),
    transaction: (work) =>
      inTurns(async ({ client, pins }) => {
        if (pins !== null) return await transactPinned(client, pins, work);
        await client.query('BEGIN');
        return await finish(client, work);
      }),
    pooled: () => using(async ({ pins }) => pins !== null),
    end() {
      ending.abort();
      ended ??= Promise.all([...given, ...(shared === undefined ? [] : [endOf(shared)])]).then(
        () => undefined,
      );
      return ended;
    },
  };
}

/** Of a patience of 0, which never ends, a turn does. */
function ofOneTurn(limits: SessionLimits, turn: number): SessionLimits {
  return { ...limits, lockTimeout: Math.min(turn, limits.lockTimeout || turn) };
}

/** As the server will show it: it cuts names at 63 bytes, and has no characters but ASCII in them. Fit for a comment. */
function uniqueName(name: string): string {
  return `${name.replace(/[^ -~]|[*/]/g, '?').slice(0, 50)} ${randomBytes(4).toString('hex')}`;
}

/** What could not be opened has nothing to end. */
function endOf(pool: Promise<pg.Pool>): Promise<void> {
  return pool.then(
    (open) => open.end(),
    () => undefined,
  );
}

/** After an error of the server, unless it was its last word, or is about what is prepared there. */
function isUsableAfter(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity !== 'FATAL' && !isOutdatedStatement(error);
}

/** A column changed its type since the connection prepared a statement, which now would give other rows. */
export function isOutdatedStatement(error: unknown): boolean {
  return sqlState(error) === '0A000' && error instanceof Error && /cached plan/.test(error.message);
}
