import { createHash } from 'node:crypto';
import type { CaptureRequirements } from '@sluice/core';
import { fingerprint } from '@sluice/postgres';
import type { Querier } from './querier.ts';
import type { ColumnState, IndexState, MemberState, ReplicaIdentity, TableState } from './state.ts';

/**
 * Every required table with all that hangs below it. `$1` and `$2`: schemas and names, `$3`: the
 * publication. A partition whose concurrent DETACH is pending no longer counts.
 */
const tablesSql = `
WITH RECURSIVE wanted AS (
  SELECT w.position, c.oid, c.relkind, c.relowner
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (schema, name, position)
  JOIN pg_namespace n ON n.nspname = w.schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p', 'f')
), tree AS (
  SELECT w.position, w.oid AS relid, NULL::text AS attached FROM wanted w
  UNION
  SELECT t.position, i.inhrelid, i.xmin::text
  FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid AND NOT i.inhdetachpending
), publication AS (
  SELECT oid FROM pg_publication WHERE pubname = $3
)
SELECT t.position, t.attached, c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  c.relpersistence AS persistence, c.relreplident AS identity, c.relfilenode AS file,
  pg_has_role(c.relowner, 'USAGE') AS owned, pg_get_userbyid(c.relowner) AS owner,
  has_schema_privilege(c.relnamespace, 'CREATE') AS may_index,
  (SELECT json_agg(json_build_object(
      'name', a.attname, 'notNull', a.attnotnull, 'generated', a.attgenerated, 'unbounded', a.attlen < 0,
      'shape', a.attnum || '/' || a.atttypid || '/' || a.atttypmod, 'altered', a.xmin::text
    ) ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT json_agg(json_build_object(
      'name', ic.relname, 'unique', i.indisunique, 'primary', i.indisprimary, 'identity', i.indisreplident,
      'valid', i.indisvalid AND i.indisready AND i.indislive, 'immediate', i.indimmediate,
      'partial', i.indpred IS NOT NULL, 'comment', obj_description(i.indexrelid, 'pg_class'),
      'columns', (SELECT json_agg(a.attname ORDER BY k.position)
                  FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
                  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
                  WHERE k.position <= i.indnkeyatts)
    ) ORDER BY ic.relname)
   FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid) AS indexes,
  (SELECT json_agg(DISTINCT a.attname)
   FROM pg_constraint k CROSS JOIN unnest(k.conkey) AS column_number
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = column_number
   WHERE k.conrelid = c.oid AND k.contype = 'f') AS bounded,
  (SELECT json_agg(column_name)
   FROM pg_publication_tables p CROSS JOIN unnest(p.attnames) AS column_name
   WHERE p.pubname = $3 AND p.schemaname = n.nspname AND p.tablename = c.relname) AS published,
  EXISTS (SELECT FROM pg_publication_tables p
   WHERE p.pubname = $3 AND p.schemaname = n.nspname AND p.tablename = c.relname
     AND p.rowfilter IS NOT NULL) AS filtered,
  EXISTS (SELECT FROM pg_publication_rel r, publication p WHERE r.prpubid = p.oid AND r.prrelid = c.oid) AS direct,
  (SELECT p.oid || ':' || concat_ws(':',
      (SELECT r.oid FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid),
      (SELECT s.oid FROM pg_publication_namespace s WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace))
   FROM publication p) AS entries,
  (SELECT json_agg(p.pubname ORDER BY p.pubname) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
   WHERE r.prrelid = c.oid AND p.pubname <> $3) AS others
FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY t.position, c.oid`;

interface TableRow extends Record<string, string | null> {
  readonly position: string;
  readonly attached: string | null;
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly identity: string;
  readonly owned: string;
  readonly owner: string;
  readonly may_index: string;
  readonly columns: string | null;
  readonly indexes: string | null;
  readonly bounded: string | null;
  readonly published: string | null;
  readonly filtered: string;
  readonly direct: string;
  readonly others: string | null;
  readonly entries: string | null;
  readonly file: string;
}

const identities: Readonly<Record<string, ReplicaIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};

export async function readTables(
  querier: Querier,
  required: CaptureRequirements,
  publication: string,
): Promise<TableState[]> {
  if (required.tables.length === 0) return [];
  const { rows } = await querier.query<TableRow>(tablesSql, [
    required.tables.map(({ table }) => table.schema),
    required.tables.map(({ table }) => table.name),
    publication,
  ]);
  const byPosition = new Map<string, TableRow[]>();
  for (const row of rows) {
    const group = byPosition.get(row.position);
    if (group === undefined) byPosition.set(row.position, [row]);
    else group.push(row);
  }
  return required.tables.map((table, index) => tableState(table, byPosition.get(String(index + 1)) ?? []));
}

function tableState(required: TableState['required'], rows: readonly TableRow[]): TableState {
  const root = rows.find((row) => row.attached === null);
  return {
    required,
    oid: Number(root?.oid ?? 0),
    partitioned: root?.kind === 'p',
    owned: root?.owned === 't',
    direct: root?.direct === 't',
    members: rows.filter((row) => row.kind !== 'p').map(memberState),
    lineage: root === undefined ? '' : lineage(required, root, rows),
  };
}

function lineage(required: TableState['required'], root: TableRow, rows: readonly TableRow[]): string {
  const below = rows.filter((row) => row.attached !== null);
  // Partitions cannot have their inherited columns altered or dropped by themselves.
  const columns = new Map(json<RawColumn>(root.columns).map((column) => [column.name, column]));
  const watched = new Set([...required.key, ...required.links, ...required.watched]);
  return fingerprint({
    members: membersHash(root, below),
    publication: rows.map((row) => row.entries ?? ''),
    files: rows.map((row) => row.file),
    columns: [...watched].map((name) => {
      const column = columns.get(name);
      return { name, shape: column?.shape ?? null, altered: column?.altered ?? '' };
    }),
  });
}

/** The transaction that attached each: a table that was detached and came back is another one. */
function membersHash(root: TableRow, below: readonly TableRow[]): string {
  if (root.kind !== 'p' && below.length === 0) return root.oid;
  const lines = [root.oid, ...below.map((row) => `${row.oid}@${row.attached}`).sort()];
  return createHash('sha256').update(lines.join(' ')).digest('hex').slice(0, 16);
}

function memberState(row: TableRow): MemberState {
  return {
    oid: Number(row.oid),
    table: { schema: row.schema, name: row.name },
    identity: identities[row.identity] ?? 'nothing',
    storage: storage(row),
    owned: row.owned === 't',
    owner: row.owner,
    mayIndex: row.may_index === 't',
    columns: json<RawColumn>(row.columns).map(columnState),
    indexes: json<IndexState>(row.indexes),
    bounded: json<string>(row.bounded),
    published: row.published === null ? null : json<string>(row.published),
    filtered: row.filtered === 't',
    direct: row.direct === 't',
    otherPublications: json<string>(row.others),
  };
}

interface RawColumn {
  readonly name: string;
  readonly notNull: boolean;
  readonly generated: string;
  readonly unbounded: boolean;
  readonly shape: string;
  readonly altered: string;
}

function columnState(column: RawColumn): ColumnState {
  const generated = column.generated === 's' ? 'stored' : column.generated === 'v' ? 'virtual' : 'no';
  return { name: column.name, notNull: column.notNull, generated, unbounded: column.unbounded };
}

function storage(row: TableRow): MemberState['storage'] {
  if (row.kind === 'f') return 'foreign';
  return row.persistence === 'u' ? 'unlogged' : row.persistence === 't' ? 'temporary' : 'logged';
}

/** The shape is what tablesSql builds. */
function json<Item>(text: string | null): Item[] {
  return text === null ? [] : (JSON.parse(text) as Item[]);
}
