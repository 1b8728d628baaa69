import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { waitFor } from '../../support/wait.ts';
import { seededRandom } from './random.ts';

/** Clients that change the shop all the time, and go on when the server comes back. */
export interface Workload extends AsyncDisposable {
  /** Transactions committed so far. */
  readonly committed: number;
  /** Resolves when so many more transactions were committed. */
  until(more: number): Promise<void>;
  /** Resolves when every client has ended; rejects with what a client did not expect. */
  stop(): Promise<void>;
}

export interface WorkloadOptions {
  readonly clients?: number;
  /** Between two transactions of one client, in ms. */
  readonly paceMs?: number;
  readonly seed?: number;
}

type Random = (below: number) => number;

const someCustomer =
  '(SELECT id FROM customers ORDER BY id OFFSET $1 % (SELECT count(*) FROM customers) LIMIT 1)';
const someOrder = '(SELECT id FROM orders ORDER BY id OFFSET $1 % (SELECT count(*) FROM orders) LIMIT 1)';

/** Statements of one transaction; `$1` is a random number. */
const transactions: readonly (readonly string[])[] = [
  [`INSERT INTO orders (customer_id, total) SELECT ${someCustomer}, 1.25`],
  [`UPDATE orders SET total = total + 0.5, status = 'paid' WHERE id = ${someOrder}`],
  [
    `UPDATE orders SET customer_id = (customer_id * 7 + $1) % 50 + 1 WHERE id = ${someOrder} AND EXISTS (SELECT FROM customers WHERE id = (orders.customer_id * 7 + $1) % 50 + 1)`,
  ],
  [`DELETE FROM orders WHERE id = ${someOrder}`],
  [`UPDATE customers SET name = 'renamed ' || $1 WHERE id = ${someCustomer}`],
  [`INSERT INTO customers (name) VALUES ('newcomer ' || $1)`],
  [`DELETE FROM customers WHERE id = (SELECT max(id) FROM customers) AND id > 50 + $1 % 2`],
  [`UPDATE orders SET id = -id WHERE id = ${someOrder}`],
  [
    `INSERT INTO customers (name) VALUES ('both ' || $1)`,
    `INSERT INTO orders (customer_id, total) SELECT max(id), $1 % 1000 FROM customers`,
    `UPDATE orders SET status = 'sent' WHERE customer_id = ${someCustomer}`,
  ],
];

/** @param url of the database, directly: the workload has a network of its own */
export function startWorkload(url: string, options: WorkloadOptions = {}): Workload {
  const { clients = 3, paceMs = 10, seed = 1 } = options;
  const state = { committed: 0, stopped: false };
  const ends = Promise.all(
    Array.from({ length: clients }, (_unused, n) => client(url, paceMs, seededRandom(seed * 100 + n), state)),
  );
  ends.catch(() => undefined);
  const stop = async () => {
    state.stopped = true;
    await ends;
  };
  return {
    get committed() {
      return state.committed;
    },
    until: async (more) => {
      const goal = state.committed + more;
      await waitFor(() => state.committed >= goal, {
        what: `${more} more transactions`,
      });
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      state.stopped = true;
      await Promise.allSettled([ends]);
    },
  };
}

interface State {
  committed: number;
  stopped: boolean;
}

async function client(url: string, paceMs: number, random: Random, state: State): Promise<void> {
  let connection: pg.Client | null = null;
  while (!state.stopped) {
    try {
      connection ??= await connect(url);
      await transaction(connection, random);
      state.committed += 1;
    } catch (error) {
      if (isClash(error)) {
        await connection?.query('ROLLBACK').catch(() => undefined);
      } else {
        void connection?.end().catch(() => undefined);
        connection = null;
      }
      await delay(50);
    }
    await delay(paceMs);
  }
  await connection?.end().catch(() => undefined);
}

async function connect(url: string): Promise<pg.Client> {
  const connection = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  connection.on('error', () => undefined);
  await connection.connect();
  return connection;
}

async function transaction(connection: pg.Client, random: Random): Promise<void> {
  const statements = transactions[random(transactions.length)] ?? [];
  await connection.query('BEGIN');
  for (const statement of statements) {
    const values = /\$1/.test(statement) ? [random(1_000_000)] : [];
    await connection.query(statement.replaceAll('$1', '$1::integer'), values);
  }
  await connection.query('COMMIT');
}

/** Two clients at the same rows: the transaction is left out, the connection is fine. */
function isClash(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(?:23|40)/.test(error.code ?? '');
}
