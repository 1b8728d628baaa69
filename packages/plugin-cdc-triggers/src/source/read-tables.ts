import type { CaptureRequirements, RequiredTable } from '@sluice/core';
import { type CatalogTable, type ColumnTraits, fingerprint, readCatalog } from '@sluice/postgres';
import type { CaptureNames } from '../ddl/names.ts';
import { triggersPrintSql } from '../ddl/triggers-print.ts';
import type { Querier } from './querier.ts';
import type { Firing, MemberState, TableState, TriggerState } from './state.ts';

/**
 * Every required table with all that hangs below it, and the triggers there that are named as ours.
 * A partition whose concurrent DETACH is pending no longer counts (a column of Postgres 14 on). The
 * print names the transaction that attached each member: one that left and came back is another.
 * Before Postgres 15 a partition's copy of its parent's trigger counts as internal, as a constraint's do.
 */
const tablesSql = (names: CaptureNames) => `
WITH RECURSIVE wanted AS (
  SELECT w.position, c.oid
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (schema, name, position)
  JOIN pg_namespace n ON n.nspname = w.schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
), tree AS (
  SELECT w.position, w.oid AS relid, NULL::text AS attached FROM wanted w
  UNION
  SELECT t.position, i.inhrelid, i.xmin::text
  FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
  WHERE coalesce(to_jsonb(i) ->> 'inhdetachpending', 'false') = 'false'
), lineages AS (
  SELECT position, count(*) AS members,
    md5(string_agg(relid || '@' || coalesce(attached, ''), ' ' ORDER BY attached IS NOT NULL, relid::oid)) AS print
  FROM tree GROUP BY position
)
SELECT t.position, t.attached, c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  c.relispartition AS partition, c.relpersistence = 'p' AS logged, coalesce(a.amname, '') AS access_method,
  pg_has_role(c.relowner, 'USAGE') AS owned, pg_get_userbyid(c.relowner) AS owner,
  pg_has_role(c.relowner, current_user, 'USAGE') AS owner_is_us,
  has_table_privilege(c.oid, 'TRIGGER') AS may_trigger,
  EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = c.oid) AS subscribed,
  CASE WHEN l.members = 1 AND c.relkind <> 'p' THEN c.oid::text ELSE l.print END AS print,
  c.relfilenode AS file,
  CASE WHEN t.attached IS NULL THEN
    ${triggersPrintSql(names, 'ARRAY(SELECT b.relid FROM tree AS b WHERE b.position = t.position)')} END AS triggers_print,
  CASE WHEN t.attached IS NULL THEN (
    SELECT json_agg(json_build_object('name', a.attname,
      'shape', concat(a.attnum, '/', a.atttypid, '/', a.atttypmod, CASE WHEN a.attgenerated = 'v' THEN (
        SELECT '/' || d.oid FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END),
      'altered', a.xmin::text))
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END AS columns,
  (SELECT json_agg(json_build_object('name', g.tgname, 'firing', g.tgenabled, 'clone', g.tgparentid <> 0,
     'executable', has_function_privilege(c.relowner, g.tgfoid, 'EXECUTE'),
     'function', CASE WHEN pn.nspname = $3 THEN p.proname END) ORDER BY g.tgname)
   FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_namespace pn ON pn.oid = p.pronamespace
   WHERE g.tgrelid = c.oid AND (NOT g.tgisinternal OR g.tgconstraint = 0)) AS triggers
FROM tree t JOIN lineages l USING (position) JOIN pg_class c ON c.oid = t.relid
JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
ORDER BY t.position, t.attached IS NOT NULL, c.oid`;

/** Columns that the expressions of virtual generated columns read. */
const generatedSql = `
SELECT a.attrelid AS oid, a.attname AS name, json_agg(b.attname ORDER BY b.attnum) AS base
FROM pg_attribute a
JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
  AND p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid > 0
JOIN pg_attribute b ON b.attrelid = a.attrelid AND b.attnum = p.refobjsubid AND b.attnum <> a.attnum
WHERE a.attgenerated = 'v' AND a.attrelid = ANY ($1::oid[])
GROUP BY a.attrelid, a.attname`;

interface TableRow extends Record<string, string | null> {
  readonly position: string;
  readonly attached: string | null;
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly partition: string;
  readonly logged: string;
  readonly access_method: string;
  readonly owned: string;
  readonly owner: string;
  readonly owner_is_us: string;
  readonly may_trigger: string;
  readonly subscribed: string;
  readonly print: string;
  readonly file: string;
  readonly columns: string | null;
  readonly triggers: string | null;
  readonly triggers_print: string | null;
}

export async function readTables(
  querier: Querier,
  required: CaptureRequirements,
  names: CaptureNames,
): Promise<TableState[]> {
  if (required.tables.length === 0) return [];
  const wanted = required.tables.map(({ table }) => table);
  const { rows } = await querier.query<TableRow>(tablesSql(names), [
    wanted.map(({ schema }) => schema),
    wanted.map(({ name }) => name),
    names.schema,
  ]);
  const catalog = await readCatalog(querier, wanted);
  const generated = await readGenerated(querier, catalog.tables);
  return required.tables.map((table, index) => {
    const own = rows.filter(({ position }) => position === String(index + 1));
    return tableState(table, own, catalog.find(table.table), generated);
  });
}

async function readGenerated(
  querier: Querier,
  tables: readonly CatalogTable[],
): Promise<ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>> {
  const oids = tables
    .filter(({ columns }) => [...columns.values()].some(({ generated }) => generated === 'virtual'))
    .map(({ oid }) => oid);
  if (oids.length === 0) return new Map();
  const { rows } = await querier.query(generatedSql, [oids]);
  return new Map(
    oids.map((oid) => [
      oid,
      Object.fromEntries(
        rows
          .filter((row) => row['oid'] === oid)
          .map((row) => [row['name'] ?? '', JSON.parse(row['base'] ?? '[]') as string[]]),
      ),
    ]),
  );
}

function tableState(
  required: RequiredTable,
  rows: readonly TableRow[],
  catalog: CatalogTable | undefined,
  generated: ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>,
): TableState {
  return {
    required,
    catalog,
    generatedFrom: generated.get(catalog?.oid ?? '') ?? {},
    members: rows.map(memberState),
    lineage: lineageOf(required, rows),
    triggersPrint: rows[0]?.triggers_print ?? '',
  };
}

/** What changes the rows, or which tables hold them, without firing a trigger. */
function lineageOf(required: RequiredTable, rows: readonly TableRow[]): string {
  const [top] = rows;
  if (top === undefined) return '';
  // The shape is what tablesSql builds.
  const columns = JSON.parse(top.columns ?? '[]') as ColumnTraits[];
  const watched = new Set([...required.key, ...required.links, ...required.watched]);
  return fingerprint({
    members: top.print,
    publication: [],
    files: rows.map(({ file }) => file),
    columns: [...watched].map(
      (name) => columns.find((column) => column.name === name) ?? { name, shape: null, altered: '' },
    ),
  });
}

const kinds: Readonly<Record<string, MemberState['kind']>> = { r: 'table', p: 'partitioned', f: 'foreign' };

function memberState(row: TableRow): MemberState {
  return {
    oid: Number(row.oid),
    table: { schema: row.schema, name: row.name },
    kind: kinds[row.kind] ?? 'other',
    partition: row.partition === 't' && row.attached !== null,
    logged: row.logged === 't',
    accessMethod: row.access_method,
    owned: row.owned === 't',
    owner: row.owner,
    ownerIsUs: row.owner_is_us === 't',
    mayTrigger: row.may_trigger === 't',
    subscribed: row.subscribed === 't',
    triggers: triggerStates(row.triggers),
  };
}

const firings: Readonly<Record<string, Firing>> = { O: 'origin', A: 'always', R: 'replica', D: 'disabled' };

interface TriggerRow {
  readonly name: string;
  readonly firing: string;
  readonly clone: boolean;
  readonly executable: boolean;
  readonly function: string | null;
}

function triggerStates(json: string | null): TriggerState[] {
  // The shape is what tablesSql builds.
  const rows = JSON.parse(json ?? '[]') as TriggerRow[];
  return rows.map((row) => ({ ...row, firing: firings[row.firing] ?? 'disabled' }));
}
