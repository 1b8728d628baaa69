import type { CaptureRequirements } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { outboxFileKey } from '../ddl/outbox-file.ts';
import type { Querier, SourceQuerier } from './querier.ts';
import { readTables } from './read-tables.ts';
import type { CoreState, FunctionState, Registration, ServerState, SourceState } from './state.ts';

const serverSql = `
SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS version_text,
  pg_is_in_recovery() AS in_recovery, current_user AS role,
  current_setting('max_prepared_transactions')::int > 0 AS prepares,
  has_database_privilege(current_database(), 'CREATE') AS may_create`;

interface CoreTable {
  readonly name: string;
  /** What a reader does with it. */
  readonly rights: string;
  /** By these it is known as the capture's: the schema may be somebody else's too. */
  readonly columns: string;
}

const coreTables: readonly CoreTable[] = [
  { name: 'meta', rights: 'SELECT', columns: 'k, v' },
  {
    name: 'source',
    rights: 'SELECT',
    columns:
      'src, rel, label, function, mode, columns, watched, body_md5, lineage, triggers, unsettled, state',
  },
  { name: 'outbox', rights: 'SELECT, INSERT, DELETE', columns: 'xid, id, src, op, rows, at' },
  {
    name: 'lease',
    rights: 'SELECT, UPDATE',
    columns: 'name, holder, told, token, acknowledged, expires',
  },
];

const coreSql = `
SELECT n.oid IS NOT NULL AS schema_exists, coalesce(has_schema_privilege(n.oid, 'CREATE'), false) AS may_use,
  (SELECT json_agg(w.name) FROM unnest($2::text[]) AS w (name)
   WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'r'))
   AS missing,
  (SELECT json_agg(c.relname ORDER BY c.relname) FROM unnest($2::text[], $4::text[]) AS w (name, columns)
   JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
   WHERE c.relkind <> 'r' OR EXISTS (SELECT FROM unnest(string_to_array(w.columns, ', ')) AS k (name)
     WHERE NOT EXISTS (SELECT FROM pg_attribute a
       WHERE a.attrelid = c.oid AND a.attname = k.name AND NOT a.attisdropped))) AS strangers,
  (SELECT json_agg(c.relname || ': ' || p.privilege)
   FROM unnest($2::text[], $3::text[]) AS w (name, privileges)
   JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'r'
   CROSS JOIN unnest(string_to_array(w.privileges, ', ')) AS p (privilege)
   WHERE NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, p.privilege)) AS denied,
  (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c
   WHERE c.relnamespace = n.oid AND c.relname = 'outbox') AS owned,
  (SELECT pg_relation_filenode(c.oid) FROM pg_class c
   WHERE c.relnamespace = n.oid AND c.relname = 'outbox' AND c.relkind = 'r') AS outbox_file,
  (SELECT has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') FROM pg_class c
   WHERE c.relnamespace = n.oid AND c.relname = 'meta') AS may_note
FROM (SELECT (SELECT oid FROM pg_namespace WHERE nspname = $1) AS oid) n`;

const functionsSql = `
SELECT p.proname AS name, md5(p.prosrc) AS body_md5, to_json(p.proconfig) AS config, p.prosecdef AS definer,
  pg_has_role(p.proowner, 'USAGE') AS owned
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = $1 AND p.prorettype = 'trigger'::regtype ORDER BY p.proname`;

/** Everything that decisions are made from. Changes nothing. */
export async function readState(
  querier: SourceQuerier,
  required: CaptureRequirements,
  names: CaptureNames,
): Promise<SourceState> {
  const core = await readCore(querier, names);
  return {
    server: await readServer(querier),
    core,
    registrations:
      core.missing.includes('source') || core.denied.length + core.strangers.length > 0
        ? []
        : await readRegistrations(querier, names),
    functions: await readFunctions(querier, names),
    tables: await readTables(querier, required, names),
  };
}

async function readServer(querier: SourceQuerier): Promise<ServerState> {
  const { rows } = await querier.query(serverSql);
  const row = rows[0] ?? {};
  return {
    version: Number(row['version'] ?? 0),
    versionText: row['version_text'] ?? '',
    inRecovery: row['in_recovery'] === 't',
    role: row['role'] ?? '',
    prepares: row['prepares'] === 't',
    pooled: await querier.pooled(),
    mayCreate: row['may_create'] === 't',
  };
}

export async function readCore(querier: Querier, names: CaptureNames): Promise<CoreState> {
  const { rows } = await querier.query(coreSql, [
    names.schema,
    coreTables.map(({ name }) => name),
    coreTables.map(({ rights }) => rights),
    coreTables.map(({ columns }) => columns),
  ]);
  const row = rows[0] ?? {};
  const missing = texts(row['missing']);
  const denied = texts(row['denied']);
  const strangers = texts(row['strangers']);
  const readable = !missing.includes('meta') && denied.length + strangers.length === 0;
  const meta = readable ? await readMeta(querier, names) : new Map<string, string>();
  return {
    schemaExists: row['schema_exists'] === 't',
    mayUse: row['may_use'] === 't',
    missing,
    denied,
    strangers,
    owned: row['owned'] !== 'f',
    version: meta.has('version') ? Number(meta.get('version')) : null,
    instance: meta.get('instance') ?? null,
    outboxFile: row['outbox_file'] ?? null,
    notedFile: meta.get(outboxFileKey) ?? null,
    mayNote: row['may_note'] === 't',
    madeSchema: meta.get('made_schema') === 'true',
  };
}

async function readMeta(querier: Querier, names: CaptureNames): Promise<ReadonlyMap<string, string>> {
  const { rows } = await querier.query(`SELECT k, v FROM ${inSchema(names, 'meta')}`);
  return new Map(rows.map((row) => [row['k'] ?? '', row['v'] ?? '']));
}

/** Every meaning that a number in the outbox has or had. */
export async function readRegistrations(querier: Querier, names: CaptureNames): Promise<Registration[]> {
  const { rows } = await querier.query(
    `SELECT s.src, coalesce(c.oid, 0) AS oid, s.label, s.function, s.mode, to_json(s.columns) AS columns,
       to_json(s.watched) AS watched, s.body_md5, s.lineage, s.triggers, s.unsettled, s.state = 'active' AS active
     FROM ${inSchema(names, 'source')} s LEFT JOIN pg_class c ON c.oid = s.rel ORDER BY s.src`,
  );
  return rows.map((row) => ({
    src: Number(row['src']),
    oid: Number(row['oid']),
    label: row['label'] ?? '',
    function: row['function'] ?? '',
    mode: row['mode'] === 'statement' ? 'statement' : 'row',
    columns: texts(row['columns']),
    watched: texts(row['watched']),
    bodyMd5: row['body_md5'] ?? '',
    lineage: row['lineage'] ?? '',
    triggersPrint: row['triggers'] ?? null,
    unsettled: row['unsettled'] === 'scan' || row['unsettled'] === 'resync' ? row['unsettled'] : null,
    active: row['active'] === 't',
  }));
}

async function readFunctions(querier: Querier, names: CaptureNames): Promise<FunctionState[]> {
  const { rows } = await querier.query(functionsSql, [names.schema]);
  return rows.map((row) => ({
    name: row['name'] ?? '',
    bodyMd5: row['body_md5'] ?? '',
    config: texts(row['config']).sort(),
    definer: row['definer'] === 't',
    owned: row['owned'] === 't',
  }));
}

/** A JSON list of texts; empty for null. */
export function texts(json: string | null | undefined): string[] {
  const value: unknown = JSON.parse(json ?? '[]');
  return Array.isArray(value) ? value.map(String) : [];
}
