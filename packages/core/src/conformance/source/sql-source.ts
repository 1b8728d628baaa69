import { randomBytes } from 'node:crypto';
import type { RowValues } from '../../contracts/index.ts';
import type { SourceTransaction, SourceWriter, TestSource } from './test-source.ts';
import { type TestTable, type TestTableName, testTables } from './test-tables.ts';

/** One connection to Postgres; a `Client` of `pg` is one. */
export interface SqlSession {
  query(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  end(): Promise<void>;
}

export interface SqlSourceOptions {
  /** Runs after the tables are there: further columns, triggers of the application. */
  readonly prepare?: (session: SqlSession, schema: string) => Promise<void>;
}

/**
 * A test source in a Postgres database: the shop's tables in a new schema. `connect` gives a new
 * connection each time, of a role that may create schemas.
 */
export async function sqlSource(
  connect: () => Promise<SqlSession>,
  { prepare }: SqlSourceOptions = {},
): Promise<TestSource> {
  const schema = `Shop ${randomBytes(4).toString('hex')}`;
  const session = await connect();
  const open = new Set<SqlSession>();
  await session.query(`CREATE SCHEMA ${quoted(schema)}`);
  for (const table of testTables) await session.query(createTable(schema, table));
  await prepare?.(session, schema);

  return {
    schema,
    ...writer(session, schema),
    async begin(): Promise<SourceTransaction> {
      const own = await connect();
      open.add(own);
      await own.query('BEGIN');
      const finish = (statement: string) => async () => {
        open.delete(own);
        try {
          await own.query(statement);
        } finally {
          await own.end();
        }
      };
      const id = async () => {
        const { rows } = await own.query('SELECT pg_current_xact_id()::text AS id');
        return String(rows[0]?.['id']);
      };
      return { ...writer(own, schema), id, commit: finish('COMMIT'), rollback: finish('ROLLBACK') };
    },
    async cleanUp() {
      await Promise.all([...open].map((own) => own.end()));
      await session.query(`DROP SCHEMA IF EXISTS ${quoted(schema)} CASCADE`);
      await session.end();
    },
  };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const columnsOf = (name: TestTableName): string[] =>
  Object.keys(testTables.find((table) => table.name === name)?.columns ?? {});

function createTable(schema: string, { name, key, columns }: TestTable): string {
  const lines = Object.entries(columns).map(([column, type]) => `${quoted(column)} ${type}`);
  const primary = `PRIMARY KEY (${key.map(quoted).join(', ')})`;
  return `CREATE TABLE ${quoted(schema)}.${quoted(name)} (${[...lines, primary].join(', ')})`;
}

function writer(session: SqlSession, schema: string): SourceWriter {
  const at = (table: TestTableName) => `${quoted(schema)}.${quoted(table)}`;
  return {
    async insert(table, rows) {
      // The rows go as one parameter: a statement has at most 65,535.
      const columns = columnsOf(table).map(quoted).join(', ');
      await session.query(
        `INSERT INTO ${at(table)} (${columns})
         SELECT ${columns} FROM jsonb_populate_recordset(NULL::${at(table)}, $1)`,
        [JSON.stringify(rows)],
      );
    },
    async update(table, key, set) {
      const { sql, values } = assignments(set, ', ', 1);
      const where = assignments(key, ' AND ', values.length + 1);
      await session.query(`UPDATE ${at(table)} SET ${sql} WHERE ${where.sql}`, [...values, ...where.values]);
    },
    async delete(table, key) {
      const where = assignments(key, ' AND ', 1);
      await session.query(`DELETE FROM ${at(table)} WHERE ${where.sql}`, where.values);
    },
    async truncate(table) {
      await session.query(`TRUNCATE ${at(table)}`);
    },
  };
}

function assignments(values: RowValues, separator: string, first: number) {
  const names = Object.keys(values);
  return {
    sql: names.map((name, at) => `${quoted(name)} = $${first + at}`).join(separator),
    values: Object.values(values),
  };
}
