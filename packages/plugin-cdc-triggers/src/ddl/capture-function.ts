import { createHash } from 'node:crypto';
import { type CatalogColumn, quoteDollar, quoteLiteral } from '@sluice/postgres';
import type { TriggerMode } from '../options.ts';
import { comparisonSettings, differs, isCheap, settingsFor, valueText } from './columns.ts';
import { type CaptureNames, inSchema } from './names.ts';
import { statementBranches } from './statement-function.ts';

/** What one table's function captures. */
export interface CapturedTable {
  /** The number that stands for table and columns in the outbox. */
  readonly src: number;
  readonly function: string;
  readonly mode: TriggerMode;
  /** Key and links: their values are reported, in this order. */
  readonly columns: readonly CatalogColumn[];
  /** An update of other columns is not reported. */
  readonly watched: readonly CatalogColumn[];
  /** The function wakes a sleeping reader. */
  readonly wakes: boolean;
}

export interface CaptureFunction {
  readonly name: string;
  /** As `pg_proc.prosrc` gives it back. */
  readonly body: string;
  readonly md5: string;
  /** As `pg_proc.proconfig` gives it back, sorted. */
  readonly config: readonly string[];
  readonly create: string;
}

/**
 * The function that all triggers of one table call. It runs as its owner, so that the application
 * needs no grant, and with a search_path of its own, so that no session can put anything in between.
 *
 * Reading the row is wrapped: a column that was renamed, dropped or retyped must not make the
 * application's write fail. Then it reports that it no longer knows what changed (op `r`). The INSERT
 * is not wrapped: a change must never be committed without its report.
 */
export function captureFunction(names: CaptureNames, table: CapturedTable): CaptureFunction {
  const body = table.mode === 'row' ? rowBody(names, table) : statementBody(names, table);
  const settings = new Map([
    ['search_path', 'pg_catalog, pg_temp'],
    ...settingsFor(table.columns),
    ...comparisonSettings(table.watched),
    // Compiling a plan over a transition table costs more than it saves.
    ...(table.mode === 'statement' ? [['jit', 'off'] as const] : []),
  ]);
  const name = inSchema(names, table.function);
  const sets = [...settings].map(([setting, value]) =>
    setting === 'search_path' ? `SET search_path = ${value}` : `SET ${setting} = ${quoteLiteral(value)}`,
  );
  return {
    name,
    body,
    md5: createHash('md5').update(body).digest('hex'),
    config: [...settings].map(([setting, value]) => `${setting}=${value}`).sort(),
    create: `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  ${sets.join(' ')}
AS ${quoteDollar(body)}`,
  };
}

/** A body that reports nothing: what removal puts in place before it touches a table. */
export function silentFunction(names: CaptureNames, name: string): string {
  return `CREATE OR REPLACE FUNCTION ${inSchema(names, name)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $sluice$BEGIN RETURN NULL; END$sluice$`;
}

function rowBody(names: CaptureNames, table: CapturedTable): string {
  const moved = table.columns.map((column) => differs(column));
  const named = new Set(table.columns.map(({ name }) => name));
  const others = table.watched.filter(({ name }) => !named.has(name));
  const changed = [...others.filter(isCheap), ...others.filter((column) => !isCheap(column))].map((column) =>
    differs(column),
  );
  const both = `v_rows := jsonb_build_array(${tuple(table, 'OLD')}, ${tuple(table, 'NEW')});`;
  const one = `v_rows := jsonb_build_array(${tuple(table, 'NEW')});`;
  const branches = [
    ...(moved.length > 0 ? [`IF ${moved.join('\n        OR ')} THEN\n        ${both}`] : []),
    ...(changed.length > 0
      ? [`${moved.length > 0 ? 'ELSIF' : 'IF'} ${changed.join('\n        OR ')} THEN\n        ${one}`]
      : []),
  ];
  const update =
    branches.length === 0 ? 'RETURN NULL;' : `${branches.join('\n      ')}\n      ELSE RETURN NULL; END IF;`;
  return `
DECLARE
  v_op "char";
  v_rows jsonb;
BEGIN
  BEGIN
    IF TG_OP = 'UPDATE' THEN
      ${update}
      v_op := 'u';
    ELSIF TG_OP = 'INSERT' THEN
      ${one}
      v_op := 'i';
    ELSIF TG_OP = 'DELETE' THEN
      v_rows := jsonb_build_array(${tuple(table, 'OLD')});
      v_op := 'd';
    ELSE
      ${truncated}
    END IF;
  EXCEPTION WHEN OTHERS THEN
    v_op := 'r';
    v_rows := ${unknown};
  END;
  INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows) VALUES (${table.src}, v_op, v_rows);
${wake(names, table)}  RETURN NULL;
END
`;
}

function statementBody(names: CaptureNames, table: CapturedTable): string {
  return `
DECLARE
  v_op "char";
  v_chunks jsonb[];
BEGIN
  BEGIN
    ${statementBranches(table)}
    ELSE
      ${truncated}
      v_chunks := ARRAY[NULL::jsonb];
    END IF;
  EXCEPTION WHEN OTHERS THEN
    v_op := 'r';
    v_chunks := ARRAY[${unknown}];
  END;
  IF v_chunks IS NULL THEN RETURN NULL; END IF;
  INSERT INTO ${inSchema(names, 'outbox')} (src, op, rows) SELECT ${table.src}, v_op, c FROM unnest(v_chunks) AS c;
${wake(names, table)}  RETURN NULL;
END
`;
}

/** Triggers of partitions have an argument: emptying one of them leaves the others' rows. */
const truncated = `v_op := CASE WHEN TG_NARGS > 0 THEN 'p' ELSE 't' END;`;

const unknown = 'jsonb_build_array(jsonb_build_array(SQLSTATE, left(SQLERRM, 200)))';

function tuple({ columns }: CapturedTable, row: string): string {
  return `jsonb_build_array(${columns.map((column) => valueText(column, row)).join(', ')})`;
}

/**
 * The reader holds the lock only while it sleeps. A NOTIFY of every write would queue all commits
 * behind one lock; a reader that is busy, or dead, costs nothing this way. One expression, since a
 * PERFORM would start an executor for it: 2 µs for each row.
 */
function wake({ sleepLock, channel }: CaptureNames, { wakes }: CapturedTable): string {
  if (!wakes) return '';
  const key = sleepLock.join(', ');
  return `  IF NOT (CASE WHEN pg_try_advisory_lock_shared(${key}) THEN pg_advisory_unlock_shared(${key}) ELSE false END) THEN
    PERFORM pg_notify(${quoteLiteral(channel)}, '');
  END IF;
`;
}
