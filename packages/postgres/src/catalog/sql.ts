/**
 * Tables and the like with what concerns the whole of them. `$1` is a list of schemas, `$2` of the
 * names in them; both null: every table of every schema that is the user's. Before Postgres 14 a table
 * whose rows nobody has counted says 0, not -1.
 */
export const readTablesSql = `
SELECT c.oid::text AS oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind AS kind,
       c.relpersistence = 'u' AS unlogged,
       pg_catalog.row_security_active(c.oid) AS row_security,
       root_n.nspname AS root_schema,
       root.relname AS root_name,
       (NOT c.relispartition AND c.relkind <> 'p' AND EXISTS (
          SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)) AS inherited,
       CASE WHEN c.relkind = 'p' THEN leaves.rows
            WHEN c.relpages = 0 AND current_setting('server_version_num')::int < 140000 THEN -1
            ELSE c.reltuples::float8 END AS rows
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class root
    ON c.relispartition AND root.oid = pg_catalog.pg_partition_root(c.oid)
  LEFT JOIN pg_catalog.pg_namespace root_n ON root_n.oid = root.relnamespace
  LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_and(l.reltuples >= 0) THEN sum(l.reltuples::float8) ELSE -1 END AS rows
      FROM pg_catalog.pg_partition_tree(c.oid) t
      JOIN pg_catalog.pg_class l ON l.oid = t.relid
     WHERE t.isleaf AND c.relkind = 'p') leaves ON true
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND c.relpersistence <> 't'
   AND CASE WHEN $1::text[] IS NULL
            THEN n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            ELSE (n.nspname, c.relname) IN (
              SELECT w.schema, w.name FROM unnest($1::text[], $2::text[]) AS w(schema, name)) END
 ORDER BY n.nspname, c.relname`;

/** Columns of the tables `$1` (oids), domains by base type, arrays by element. */
export const readColumnsSql = `
WITH RECURSIVE unwrapped AS (
  SELECT a.attrelid, a.attnum, t.oid, t.typtype, t.typbasetype, t.typnotnull AS not_null
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT u.attrelid, u.attnum, t.oid, t.typtype, t.typbasetype, u.not_null OR t.typnotnull
    FROM unwrapped u
    JOIN pg_catalog.pg_type t ON t.oid = u.typbasetype
   WHERE u.typtype = 'd'
), elements AS (
  SELECT u.attrelid, u.attnum, u.not_null,
         t.typcategory = 'A' AND t.typelem <> 0 AS is_array,
         CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END AS oid
    FROM unwrapped u
    JOIN pg_catalog.pg_type t ON t.oid = u.oid
   WHERE u.typtype <> 'd'
), leaf AS (
  SELECT e.*, e.oid AS base FROM elements e
  UNION ALL
  SELECT l.attrelid, l.attnum, l.not_null, l.is_array, l.oid, t.typbasetype
    FROM leaf l
    JOIN pg_catalog.pg_type t ON t.oid = l.base
   WHERE t.typtype = 'd'
)
SELECT a.attrelid::text AS table_oid,
       a.attname AS name,
       tn.nspname AS type_schema,
       t.typname AS type_name,
       t.typtype AS type_kind,
       (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels,
       coalesce(operators.schema, 'pg_catalog') AS operator_schema,
       l.is_array,
       NOT (a.attnotnull OR l.not_null) AS nullable,
       a.attgenerated AS generated,
       coalesce(co.collisdeterministic, true) AND t.typname <> 'citext' AS deterministic,
       pg_catalog.has_schema_privilege(tc.relnamespace, 'USAGE')
         AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable
  FROM leaf l
  JOIN pg_catalog.pg_attribute a ON a.attrelid = l.attrelid AND a.attnum = l.attnum
  JOIN pg_catalog.pg_class tc ON tc.oid = a.attrelid
  JOIN pg_catalog.pg_type t ON t.oid = l.base AND t.typtype <> 'd'
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN LATERAL (
    SELECT opn.nspname AS schema
      FROM pg_catalog.pg_opclass oc
      JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
      JOIN pg_catalog.pg_amop ao
        ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
       AND ao.amoplefttype = t.oid AND ao.amoprighttype = t.oid
      JOIN pg_catalog.pg_operator op ON op.oid = ao.amopopr
      JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
     WHERE oc.opcdefault AND oc.opcintype = t.oid
     LIMIT 1) operators ON true
 ORDER BY a.attrelid, a.attnum`;

/** Usable indexes of the tables `$1` (oids). */
export const readIndexesSql = `
SELECT i.indrelid::text AS table_oid,
       c.relname AS name,
       am.amname AS method,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indpred IS NOT NULL AS partial,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
          LEFT JOIN pg_catalog.pg_attribute a
            ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
         WHERE k.position <= i.indnkeyatts) AS columns
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = c.relam
 WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid
 ORDER BY i.indrelid, c.relname`;

/** Foreign keys of the tables `$1` (oids), those that partitions inherit left out. */
export const readForeignKeysSql = `
SELECT f.conrelid::text AS table_oid,
       f.conname AS name,
       rn.nspname AS schema,
       r.relname AS related,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
          FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
          FROM pg_catalog.unnest(f.confkey) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum) AS "references"
  FROM pg_catalog.pg_constraint f
  JOIN pg_catalog.pg_class r ON r.oid = f.confrelid
  JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
 WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = ANY ($1::oid[])
 ORDER BY f.conrelid, f.conname`;

/** Names of every table of the user's schemas: to find the one that was meant. */
export const readTableNamesSql = `
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
 ORDER BY n.nspname, c.relname
 LIMIT 20000`;
