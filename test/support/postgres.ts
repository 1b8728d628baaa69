import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import './provided.ts';
import { waitFor } from './wait.ts';

/** A role made for one test database; it goes with it. */
export interface TestRole {
  readonly name: string;
  /** The test database as this role. */
  readonly url: string;
}

/** An empty database of a test file's own. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** As the superuser. */
  readonly url: string;
  /** As the superuser; ended by `drop`. */
  readonly pool: pg.Pool;
  /** Runs one statement (or several, without values) and gives the rows. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** A connection of its own, for open transactions and sessions; ended by `drop` at the latest. */
  connect(url?: string): Promise<pg.Client>;
  /** A login role; `attributes` as in CREATE ROLE, for example `REPLICATION`. */
  createRole(attributes?: string): Promise<TestRole>;
  /** Ends what is connected, replication slots too, and removes database and roles. */
  drop(): Promise<void>;
}

/** Makes a database on the shared server, or on the one at `server`. */
export async function createDatabase(server: string = inject('postgresUrl')): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await once(server, `CREATE DATABASE ${name}`);
  const url = withPath(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => {}); // Tests kill connections on purpose; a query on one still fails.
  const clients: pg.Client[] = [];
  const roles: string[] = [];

  const drop = async () => {
    await Promise.allSettled([pool.end(), ...clients.map((client) => client.end())]);
    await dropDatabase(server, name);
    for (const role of roles) await once(server, `DROP ROLE ${role}`);
  };
  return {
    name,
    url,
    pool,
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await pool.query<Row>(sql, values)).rows,
    connect: async (as = url) => {
      const client = await connectTo(as);
      clients.push(client);
      return client;
    },
    createRole: async (attributes = '') => {
      const role = `${name}_role${roles.length}`;
      await once(server, `CREATE ROLE ${role} LOGIN PASSWORD 'secret' ${attributes}`);
      roles.push(role);
      const as = new URL(url);
      as.username = role;
      as.password = 'secret';
      return { name: role, url: as.href };
    },
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** A connection of its own, which whoever asked for it ends. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/**
 * What a dump and a restore into a database made anew give: the same name, tables, triggers and rows, another
 * database, and no slot. Connections end.
 */
export async function restoreLogically(server: string, name: string): Promise<void> {
  const former = `${name}_former`;
  // Nobody comes back between the end of a connection and the new name.
  await once(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await once(
    server,
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  await once(server, `ALTER DATABASE ${name} RENAME TO ${former}`);
  await once(server, `CREATE DATABASE ${name} TEMPLATE ${former}`);
  await dropDatabase(server, former);
}

async function dropDatabase(server: string, name: string): Promise<void> {
  await dropSlots(server, name);
  await once(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** A database with a logical slot cannot be dropped, and a slot in use cannot be dropped either. */
async function dropSlots(server: string, database: string): Promise<void> {
  await waitFor(
    async () => {
      await once(
        server,
        `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
          WHERE database = '${database}' AND active_pid IS NOT NULL`,
      );
      await once(
        server,
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE database = '${database}' AND active_pid IS NULL`,
      );
      const left = await once(server, `SELECT 1 FROM pg_replication_slots WHERE database = '${database}'`);
      return left.length === 0;
    },
    { what: `the replication slots of ${database} to be dropped` },
  );
}

async function once(url: string, sql: string): Promise<unknown[]> {
  const client = await connectTo(url);
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
