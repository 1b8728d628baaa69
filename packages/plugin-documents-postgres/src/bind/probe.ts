import { isSluiceError } from '@sluice/core';
import { sqlState } from '@sluice/postgres';
import type { CompiledIndex } from '../read/compiled.ts';
import type { Session } from '../session.ts';
import type { FilterProbe } from './filters.ts';
import { pinnedFunctions } from './raw-sql.ts';
import type { Report } from './report.ts';

/** Every function of these names, and whether it gives the same for the same arguments for ever. */
const functionsSql = `
SELECT n.nspname, p.proname, p.provolatile
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.proname = ANY ($1::text[])`;

/** Asks the server what only it can say of filters: do they make sense, and may their functions be called. */
export async function probeFilters(
  session: Session,
  probes: readonly FilterProbe[],
  report: Report,
): Promise<void> {
  await probeFunctions(session, probes, report);
  for (const probe of probes) {
    const reason = await refusal(session, probe.sql, []);
    if (reason !== null) {
      report.error(
        'SLUICE_SCHEMA_CATALOG',
        probe.path,
        `Postgres refuses the filter: ${reason}.`,
        probe.hint,
      );
    }
  }
}

/** Has Postgres plan every statement of the index once, so that none is refused later for the first time. */
export async function probeStatements(session: Session, index: CompiledIndex, report: Report): Promise<void> {
  const { bound, build, paths } = index;
  const statements = [
    { text: build, values: bound.docId.map(() => []) },
    ...paths.map(({ first, columns }) => ({ text: first, values: [...columns.map(() => []), 1] })),
  ];
  for (const { text, values } of statements) {
    const reason = await refusal(session, `EXPLAIN (COSTS OFF) ${text}`, values);
    if (reason !== null) {
      report.error(
        'SLUICE_SCHEMA_CATALOG',
        bound.schema.at,
        `Postgres refuses to read the documents: ${reason}.`,
      );
    }
  }
}

/** What Postgres has against a statement; null: nothing. */
async function refusal(session: Session, sql: string, values: readonly unknown[]): Promise<string | null> {
  try {
    await session.ask(sql, values, 'check a statement');
    return null;
  } catch (error) {
    const cause = isSluiceError(error) ? error.cause : undefined;
    const state = sqlState(cause);
    if (state === undefined || !/^(?:42|22|0A|54)/.test(state)) throw error;
    return cause instanceof Error ? cause.message : String(error);
  }
}

async function probeFunctions(
  session: Session,
  probes: readonly FilterProbe[],
  report: Report,
): Promise<void> {
  const names = [...new Set(probes.flatMap(({ calls }) => calls.map(({ name }) => name)))];
  if (names.length === 0) return;
  const functions = await session.ask(functionsSql, [names], 'look up the functions of a filter');
  for (const { calls, path } of probes) {
    for (const { schema, name } of calls) {
      const where = schema ?? 'pg_catalog';
      const found = functions.filter(([space, called]) => space === where && called === name);
      const allowed = where === 'pg_catalog' && pinnedFunctions.has(name);
      if (allowed || found.every(([, , volatility]) => volatility === 'i')) continue;
      report.error(
        'SLUICE_SCHEMA_UNSAFE_SQL',
        [...path, 'raw'],
        `The raw filter is refused: ${schema === null ? name : `${schema}.${name}`}() is not immutable, so a document could change without any row changing.`,
        'Only immutable functions may be called, and the built-in ones that depend on nothing but pinned settings.',
      );
    }
  }
}
