import { quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import type { Session } from '../session.ts';
import type { Report } from './report.ts';

/** Schemas of these that the role may not look into: without that, no right on a table in them counts. */
const shutSchemasSql = `
SELECT n.nspname FROM pg_catalog.pg_namespace n
 WHERE n.nspname = ANY ($1::text[]) AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 1`;

/** The statements for all tables that this role may not read, at the first problem with one of them. */
export async function hintGrants(session: Session, reports: readonly Report[]): Promise<void> {
  const tables = new Map(
    reports.flatMap(({ unreadableTables }) => unreadableTables).map((table) => [tableLabel(table), table]),
  );
  const first = reports.find(({ unreadableTables }) => unreadableTables.length > 0);
  if (first === undefined) return;
  const unreadable = [...tables.values()];
  const schemas = [...new Set(unreadable.map(({ schema }) => schema))];
  const shut = await session.ask(shutSchemasSql, [schemas], 'look up the rights on schemas');
  const role = quoteIdentifier(session.settings.user);
  const statements = [
    ...shut.map(([schema]) => `GRANT USAGE ON SCHEMA ${quoteIdentifier(String(schema))} TO ${role};`),
    `GRANT SELECT ON ${unreadable.map(quoteTable).join(', ')} TO ${role};`,
  ];
  first.hintUnreadable(`A role that may grant it can run: ${statements.join(' ')}`);
}
