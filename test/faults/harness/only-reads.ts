import { expect } from 'vitest';
import type { TestDatabase, TestRole } from '../../support/postgres.ts';

const denied = '42501';

/** What a role that has no more than Sluice needs must not be able to do, each in a transaction of its own. */
const attempts = [
  'INSERT INTO customers SELECT * FROM customers LIMIT 1',
  'UPDATE customers SET name = name',
  'DELETE FROM customers',
  'TRUNCATE customers',
  'DROP TABLE customers',
  'ALTER TABLE customers ADD COLUMN more int',
  'ALTER TABLE customers DISABLE TRIGGER ALL',
  'CREATE RULE r AS ON INSERT TO customers DO INSTEAD NOTHING',
  'SELECT * FROM of_others',
  "COPY customers TO PROGRAM 'true'",
  "SELECT pg_read_file('/etc/passwd')",
  'CREATE ROLE another',
  'CREATE EXTENSION dblink',
  'SET ROLE postgres',
  'SET session_replication_role = replica',
  'SET log_min_duration_statement = 0',
];

/** Fails where the role may do anything to the application's tables but read those that Sluice follows. */
export async function expectOnlyReads(database: TestDatabase, role: TestRole): Promise<void> {
  await database.query('CREATE TABLE IF NOT EXISTS of_others (secret text)');
  const client = await database.connect(role.url);
  const allowed: string[] = [];
  for (const attempt of attempts) {
    const code: unknown = await client.query(`BEGIN; ${attempt}; ROLLBACK`).then(
      () => 'allowed',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
    await client.query('ROLLBACK');
    if (code !== denied) allowed.push(`${attempt}: ${String(code)}`);
  }
  expect(allowed).toEqual([]);
  await client.query('SELECT FROM customers LIMIT 1');
}
