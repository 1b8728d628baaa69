import { quoteIdentifier, quoteLiteral } from '@sluice/postgres';
import { type CaptureNames, inSchema } from './names.ts';
import { outboxFileKey, outboxFileSql } from './outbox-file.ts';

/** Raised whenever the tables below change; `meta` holds the one that is installed. */
export const schemaVersion = 1;

export interface CorePlan {
  /** The schema is there already, made by a DBA for this role. */
  readonly schemaExists: boolean;
}

/**
 * The tables of the capture, made in one transaction. Tables that exist stay as they are: a crash, or
 * a table dropped by hand, is mended by running it again.
 *
 * `instance` names this outbox: a new one means that changes were lost with the former.
 */
export function coreStatements(names: CaptureNames, { schemaExists }: CorePlan): readonly string[] {
  const table = (name: string) => inSchema(names, name);
  return [
    ...(schemaExists ? [] : [`CREATE SCHEMA ${quoteIdentifier(names.schema)}`]),
    `CREATE TABLE IF NOT EXISTS ${table('meta')} (k text PRIMARY KEY, v text NOT NULL)`,
    sourceTable(names),
    `CREATE UNIQUE INDEX IF NOT EXISTS source_active ON ${table('source')} (rel) WHERE state = 'active'`,
    outboxTable(names),
    `CREATE TABLE IF NOT EXISTS ${table('lease')} (
  name text PRIMARY KEY,
  holder text,
  told text,
  token bigint NOT NULL DEFAULT 0,
  acknowledged text NOT NULL DEFAULT '0:0:0',
  expires timestamptz NOT NULL DEFAULT '-infinity'
)`,
    `INSERT INTO ${table('lease')} (name) VALUES ('stream') ON CONFLICT DO NOTHING`,
    `INSERT INTO ${table('meta')} (k, v) VALUES
  ('version', ${quoteLiteral(String(schemaVersion))}),
  ('instance', pg_catalog.gen_random_uuid()::text),
  ('${outboxFileKey}', ${outboxFileSql(names)}),
  ('made_schema', ${quoteLiteral(String(!schemaExists))})
ON CONFLICT (k) DO UPDATE SET v = CASE WHEN excluded.k = 'made_schema' THEN meta.v ELSE excluded.v END`,
  ];
}

/**
 * What each number in the outbox's `src` stands for. A table whose columns change gets another number:
 * rows that wait in the outbox keep the meaning they were written with.
 *
 * `rel` is a regclass: it survives a rename, and a dump and restore. `unsettled`: the function was replaced
 * to report more while somebody may have been running the former; who waits for them, a first scan or
 * a resync. `triggers`: a fingerprint of what was last done to them; null until nothing is left to be done.
 */
function sourceTable(names: CaptureNames): string {
  return `CREATE TABLE IF NOT EXISTS ${inSchema(names, 'source')} (
  src int PRIMARY KEY,
  rel regclass NOT NULL,
  label text NOT NULL,
  function text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('row', 'statement')),
  columns text[] NOT NULL,
  watched text[] NOT NULL,
  body_md5 text NOT NULL,
  lineage text NOT NULL,
  triggers text,
  unsettled text CHECK (unsettled IN ('scan', 'resync')),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
  installed_at timestamptz NOT NULL DEFAULT pg_catalog.now()
)`;
}

/**
 * A queue: a row is there until it is acknowledged. `xid` must stay the first column: its default
 * assigns the transaction's id before `id` is drawn, which the low-water mark relies on.
 */
function outboxTable(names: CaptureNames): string {
  return `CREATE TABLE IF NOT EXISTS ${inSchema(names, 'outbox')} (
  xid xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  src int NOT NULL,
  op "char" NOT NULL,
  rows jsonb,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 100000, vacuum_truncate = off, toast.vacuum_truncate = off
)`;
}
