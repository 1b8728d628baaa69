import pg from 'pg';
import { type ClientOptions, checkPinned, clientConfig, settleTls } from './connection.ts';
import { mapPostgresError } from './connection-errors.ts';
import { type ConnectionSettings, describeConnection } from './connection-settings.ts';
import { isAtWork, watchAnswer } from './connection-watch.ts';

/** An answer that takes longer is asked after, in ms. */
const patience = 10_000;

export interface PoolOptions extends ClientOptions {
  /** Connections at most; 4 unless told. */
  readonly max?: number;
  /** How long an answer may take before the server is asked whether it works on it, in ms; 10 s unless told. */
  readonly patience?: number;
}

/** Connections to one database, opened when first needed, pinned and checked as by `connect`. */
export interface SourcePool {
  /** Lends a connection; `release(error)` throws it away. Rejects with a SluiceError. */
  connect(): Promise<pg.PoolClient>;
  /** One statement on any connection, values as text. Rejects with node-postgres' own error. */
  query<Row extends pg.QueryResultRow = Record<string, string | null>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** Idempotent; waits for lent connections. */
  end(): Promise<void>;
}

/** Opens nothing before the first use, so it may be made while the source is down. */
export function createPool(settings: ConnectionSettings, options: PoolOptions): SourcePool {
  let pool: Promise<pg.Pool> | undefined;
  let ended: Promise<void> | undefined;
  const processes: Processes = new WeakMap();

  async function open(): Promise<pg.Pool> {
    const tls = await settleTls(settings, options);
    const made = new pg.Pool({
      ...clientConfig(settings, { ...options, tls }),
      max: options.max ?? 4,
      idleTimeoutMillis: 30_000,
      // Backends keep what they cached of every table they saw: a new one now and then frees it.
      maxLifetimeSeconds: 1800,
      ...(options.pin === 'transaction' ? {} : { verify: (client, done) => verify(client, processes, done) }),
    });
    // The pool drops an idle connection that fails; whoever needs one next gets a new one.
    made.on('error', () => undefined);
    // A lent connection that is lost between two queries, its first check included, must not end the
    // process. The pool's own listener is there only while it is not lent.
    made.on('connect', (client) => client.on('error', () => undefined));
    return made;
  }

  /** A failure is forgotten, so that the next call tries again. */
  function opened(): Promise<pg.Pool> {
    if (ended !== undefined) return Promise.reject(new Error('Client was closed and is not queryable'));
    pool ??= open().catch((error: unknown) => {
      pool = undefined;
      throw error;
    });
    return pool;
  }

  /** Until it is released. Behind a transaction pooler a session's process is not ours for long. */
  function watched(client: pg.PoolClient): pg.PoolClient {
    const pid = processes.get(client);
    if (pid === undefined) return client;
    const everyMs = options.patience ?? patience;
    const unwatch = watchAnswer(client, {
      everyMs,
      isAtWork: () => isAtWork(settings, options, pid, everyMs),
    });
    // The pool gives each loan a `release` of its own.
    const release = client.release;
    client.release = (error) => {
      unwatch();
      release.call(client, error);
    };
    return client;
  }

  async function lend(): Promise<pg.PoolClient> {
    try {
      const client = await (await opened()).connect();
      return watched(client);
    } catch (error) {
      throw mapPostgresError(error, `connect to ${describeConnection(settings)}`);
    }
  }

  return {
    connect: lend,
    async query<Row extends pg.QueryResultRow = Record<string, string | null>>(
      text: string,
      values: readonly unknown[] = [],
    ) {
      const client = await lend();
      try {
        const result = await client.query<Row>(text, [...values]);
        client.release();
        return result;
      } catch (error) {
        // After an error of the server the connection is fine; after any other it may not be.
        client.release(!(error instanceof pg.DatabaseError));
        throw error;
      }
    },
    end() {
      ended ??=
        pool === undefined
          ? Promise.resolve()
          : pool.then(
              (open) => open.end(),
              () => undefined,
            );
      return ended;
    },
  };
}

/** The server's process for each connection. */
type Processes = WeakMap<pg.PoolClient, number>;

/** In the pool's own terms: a connection that fails is not lent. */
function verify(client: pg.PoolClient, processes: Processes, done: (error?: Error) => void): void {
  checkPinned(client).then(
    (pid) => {
      processes.set(client, pid);
      done();
    },
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
}
