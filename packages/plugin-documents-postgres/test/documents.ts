import type {
  Change,
  Diagnostic,
  Document,
  DocumentKey,
  IndexPlan,
  RowValues,
  TableName,
} from '@sluice/core';
import { parseSchema } from '@sluice/core/schema';
import type { TestDatabase } from '../../../test/support/postgres.ts';
import { PostgresDocuments } from '../src/index.ts';

/** A builder on a test database. */
export function openDocuments(url: string): PostgresDocuments {
  return new PostgresDocuments(url, { connections: 3 });
}

/** Binds one schema written in YAML; fails with its errors. */
export async function bindYaml(builder: PostgresDocuments, yaml: string, index = 'test'): Promise<IndexPlan> {
  const { plan, diagnostics } = await tryBindYaml(builder, yaml, index);
  if (plan === null) throw new Error(JSON.stringify(diagnostics, null, 2));
  return plan;
}

export async function tryBindYaml(
  builder: PostgresDocuments,
  yaml: string,
  index = 'test',
): Promise<{ readonly plan: IndexPlan | null; readonly diagnostics: readonly Diagnostic[] }> {
  const parsed = parseSchema(yaml, `${index}.schema.yml`, index);
  if (parsed.schema === null) throw new Error(JSON.stringify(parsed.diagnostics, null, 2));
  const [result] = await builder.bind([parsed.schema]);
  if (result === undefined) throw new Error('bind gave no result');
  return result;
}

/** Every document of the index, from one open range. */
export async function scanAll(builder: PostgresDocuments, plan: IndexPlan): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for await (const page of builder.scan(plan, { from: null, to: null }, 1000)) documents.push(...page);
  return documents;
}

/** The bodies by id, as JSON text. */
export async function bodies(
  builder: PostgresDocuments,
  plan: IndexPlan,
): Promise<Record<string, string | null>> {
  return Object.fromEntries((await scanAll(builder, plan)).map(({ id, body }) => [id, body]));
}

/** The bodies by id, parsed. */
export async function parsedBodies(
  builder: PostgresDocuments,
  plan: IndexPlan,
): Promise<Record<string, unknown>> {
  const found = await bodies(builder, plan);
  return Object.fromEntries(Object.entries(found).map(([id, body]) => [id, JSON.parse(body ?? 'null')]));
}

export async function resolveAll(
  builder: PostgresDocuments,
  plan: IndexPlan,
  changes: readonly Change[],
): Promise<readonly DocumentKey[]> {
  const keys: DocumentKey[] = [];
  for await (const page of builder.resolve(plan, changes)) keys.push(...page);
  return keys;
}

/** The ids that the changes lead to, each once, sorted. */
export async function resolvedIds(
  builder: PostgresDocuments,
  plan: IndexPlan,
  changes: readonly Change[],
): Promise<readonly string[]> {
  return [...new Set((await resolveAll(builder, plan, changes)).map(({ id }) => id))].sort();
}

/**
 * Runs a statement that changes one table and gives the changes that a capture would report: the link
 * columns of every row that differs, before and after.
 */
export async function changesOf(
  database: TestDatabase,
  plan: IndexPlan,
  table: TableName,
  sql: string,
): Promise<readonly Change[]> {
  const required = plan.tables.find(
    (each) => each.table.schema === table.schema && each.table.name === table.name,
  );
  if (required === undefined) throw new Error(`The plan does not read ${table.schema}.${table.name}.`);
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const source = `${quoted(table.schema)}.${quoted(table.name)}`;
  const links = required.links.map((name) => `${quoted(name)}::text AS ${quoted(name)}`).join(', ');
  const read = () =>
    database.query<{ ctid: string; row: string; links: RowValues }>(
      `SELECT t.ctid::text AS ctid, t::text AS row, to_jsonb(l) AS links FROM ${source} t CROSS JOIN LATERAL (SELECT ${links}) l`,
    );
  const before = await read();
  await database.query(sql);
  const after = await read();
  const same = new Set(before.map(({ ctid }) => ctid));
  const kept = new Set(after.map(({ ctid }) => ctid));
  const gone = before.filter(({ ctid }) => !kept.has(ctid));
  const came = after.filter(({ ctid }) => !same.has(ctid));
  // Which old row became which new one does not matter: every state counts for itself.
  return [
    ...gone.map(({ links: values }): Change => ({ table, operation: 'delete', before: values })),
    ...came.map(({ links: values }): Change => ({ table, operation: 'insert', after: values })),
  ];
}
