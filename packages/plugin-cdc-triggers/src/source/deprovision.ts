import type { ProvisionOptions } from '@sluice/core';
import { quoteIdentifier, type TransactionStep } from '@sluice/postgres';
import { silentFunction } from '../ddl/capture-function.ts';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import { execute, type Source } from './provision.ts';
import type { Querier } from './querier.ts';
import { readCore } from './read-state.ts';

const functionsSql = `
SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = $1 AND p.prorettype = 'trigger'::regtype AND p.proname ~ '^cap_[0-9]+$' ORDER BY p.proname`;

const othersSql = `
SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT (c.relname = ANY ($2::text[])))
  + (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname !~ '^cap_[0-9]+$')
  + (SELECT count(*) FROM pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('e', 'd')) AS others
FROM pg_namespace n WHERE n.nspname = $1`;

const tables = ['outbox', 'lease', 'source', 'meta'] as const;

/**
 * Removes what `provision` made, in the order that never makes an application's write fail: functions
 * fall silent (which locks no table), then they go with their triggers, then the tables. Whoever owns
 * the functions may do it, whoever owns the application's tables.
 *
 * @param unread Resolves when nobody else reads the outbox.
 */
export async function deprovisionSource(
  source: Source,
  unread: () => Promise<void>,
  options: ProvisionOptions,
): Promise<readonly string[]> {
  const { querier, names } = source;
  const core = await readCore(querier, names);
  if (!core.schemaExists || core.strangers.length > 0) return [];
  if (!core.missing.includes('lease')) await unread();
  return await execute(source, await planRemoval(querier, names), options);
}

/** The same as statements, for whoever may run them. */
export async function removalScript({ querier, names }: Source): Promise<readonly string[]> {
  return (await planRemoval(querier, names)).flatMap(({ statements }) => statements);
}

async function planRemoval(querier: Querier, names: CaptureNames): Promise<readonly TransactionStep[]> {
  const core = await readCore(querier, names);
  // Nothing was ever made beside tables of somebody else's.
  if (!core.schemaExists || core.strangers.length > 0) return [];
  const functions = (await querier.query(functionsSql, [names.schema])).rows.map((row) => row['name'] ?? '');
  const owned = [...tables, 'outbox_id_seq'];
  const others = (await querier.query(othersSql, [names.schema, owned])).rows[0]?.['others'] ?? '1';
  const present = tables.filter((name) => !core.missing.includes(name));
  const steps: TransactionStep[] = [];
  if (functions.length > 0) {
    steps.push({
      what: 'silence the trigger functions',
      statements: functions.map((name) => silentFunction(names, name)),
    });
  }
  for (const name of functions) {
    const what = `drop the function ${names.schema}.${name} with its triggers`;
    steps.push({ what, statements: [`DROP FUNCTION IF EXISTS ${inSchema(names, name)}() CASCADE`] });
  }
  const drops = [
    ...(present.length > 0
      ? [`DROP TABLE IF EXISTS ${present.map((name) => inSchema(names, name)).join(', ')}`]
      : []),
    ...(core.madeSchema && others === '0' ? [`DROP SCHEMA ${quoteIdentifier(names.schema)}`] : []),
  ];
  if (drops.length > 0)
    steps.push({ what: `drop the tables of the schema ${names.schema}`, statements: drops });
  return steps;
}
