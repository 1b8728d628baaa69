import { quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import type { Report } from './report.ts';

/** One statement for all tables that this role may not read, at the first problem with one of them. */
export function hintGrants(reports: readonly Report[], role: string): void {
  const tables = new Map(
    reports.flatMap(({ unreadableTables }) => unreadableTables).map((table) => [tableLabel(table), table]),
  );
  const first = reports.find(({ unreadableTables }) => unreadableTables.length > 0);
  const names = [...tables.values()].map(quoteTable).join(', ');
  first?.hintUnreadable(
    `A role that may grant it can run: GRANT SELECT ON ${names} TO ${quoteIdentifier(role)};`,
  );
}
