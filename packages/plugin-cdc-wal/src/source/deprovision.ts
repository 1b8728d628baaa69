import type { ProvisionOptions } from '@sluice/core';
import { asSluiceError, isSluiceError } from '@sluice/core';
import {
  type ConnectionSettings,
  quoteIdentifier,
  quoteLiteral,
  quoteTable,
  tableLabel,
} from '@sluice/postgres';
import type { CaptureNames } from '../options.ts';
import { executeSteps } from './execute.ts';
import { type FormerIdentity, parseIndexComment, setIdentity } from './identity-sql.ts';
import type { Querier } from './querier.ts';
import { readPublication, readSlot } from './read-state.ts';
import { readTables } from './read-tables.ts';
import { slotFailure, waitForIdle } from './slot.ts';
import type { MemberState } from './state.ts';

/** Tables that our publication names, or whose identity we ever touched. */
const touchedSql = `
SELECT n.nspname AS schema, c.relname AS name,
  EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
          WHERE p.pubname = $1 AND r.prrelid = c.oid) AS published
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND (
  EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
          WHERE p.pubname = $1 AND r.prrelid = c.oid)
  OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
             AND obj_description(i.indexrelid, 'pg_class') LIKE 'sluice identity, before: %')
  OR n.nspname || '.' || c.relname = ANY ($2::text[]))
ORDER BY 1, 2`;

/**
 * Removes what `provision` made and restores what it altered. The slot goes first: while it is there,
 * a publication that is already gone would make it one that can no longer be read. Tables leave the
 * publication before their identity shrinks, so that the application's updates never meet a published
 * table without one. The publication goes last: it remembers what is still to do after a crash.
 *
 * @param patience How long a session that is about to end may hold the slot, in ms.
 */
export async function deprovisionSource(
  settings: ConnectionSettings,
  querier: Querier,
  names: CaptureNames,
  options: ProvisionOptions,
  patience = 15_000,
): Promise<readonly string[]> {
  await waitForIdle(querier, names.slot, patience, options);
  try {
    return await executeSteps(settings, querier, await planRemoval(querier, names), options);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    // Somebody began to read it just now: nothing was removed yet.
    throw (await slotFailure(querier, names.slot, asSluiceError(error))).failure;
  }
}

interface RemovalStep {
  readonly run: 'alone' | 'together';
  readonly statements: string[];
}

/** The same as statements, for whoever may run them. */
export async function removalScript(querier: Querier, names: CaptureNames): Promise<readonly string[]> {
  return (await planRemoval(querier, names)).flatMap(({ statements }) => statements);
}

async function planRemoval(querier: Querier, names: CaptureNames): Promise<readonly RemovalStep[]> {
  const slot = await readSlot(querier, names.slot);
  const publication = await readPublication(querier, names.publication);
  const record = publication?.record ?? {};
  const ours = record.created === true;
  const { rows } = await querier.query(touchedSql, [names.publication, Object.keys(record.identities ?? {})]);
  const tables = rows.map((row) => ({ schema: row['schema'] ?? '', name: row['name'] ?? '' }));
  const published = tables.filter((_, index) => rows[index]?.['published'] === 't');
  const required = tables.map((table) => ({ table, key: [], links: [], watched: [], uses: [] }));
  const states = await readTables(querier, { tables: required }, names.publication);
  const members = new Map(states.flatMap((state) => state.members).map((member) => [member.oid, member]));

  const steps: RemovalStep[] = [];
  if (slot !== null) {
    steps.push({
      run: 'alone',
      statements: [`SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(names.slot)})`],
    });
  }
  const name = quoteIdentifier(names.publication);
  if (ours && published.length > 0) {
    const list = published.map((table) => `ONLY ${quoteTable(table)}`).join(', ');
    steps.push({ run: 'together', statements: [`ALTER PUBLICATION ${name} DROP TABLE ${list}`] });
  }
  for (const member of members.values()) {
    if (member.otherPublications.length > 0) continue;
    const remembered = record.identities?.[tableLabel(member.table)];
    steps.push(...restoreSteps(member, remembered));
  }
  if (publication !== null) {
    const statement = ours ? `DROP PUBLICATION ${name}` : `COMMENT ON PUBLICATION ${name} IS NULL`;
    if (ours || Object.keys(record).length > 0) steps.push({ run: 'together', statements: [statement] });
  }
  return steps;
}

function restoreSteps(member: MemberState, remembered: FormerIdentity | undefined): readonly RemovalStep[] {
  const indexes = member.indexes.flatMap((index) => {
    const former = parseIndexComment(index.comment);
    return former === null ? [] : [{ index, former }];
  });
  const steps: RemovalStep[] = [];
  const current = indexes.find(({ index }) => index.identity);
  // What was recorded is older than what an index remembers: FULL may have come between.
  const former = remembered ?? current?.former;
  const changed = current !== undefined || (remembered !== undefined && member.identity !== remembered);
  if (former !== undefined && changed) {
    steps.push({ run: 'together', statements: [setIdentity(member, existing(member, former))] });
  }
  for (const { index } of indexes) {
    const name = quoteTable({ schema: member.table.schema, name: index.name });
    steps.push({ run: 'alone', statements: [`DROP INDEX CONCURRENTLY IF EXISTS ${name}`] });
  }
  return steps;
}

/** An index that is gone, or was one of ours, cannot be restored: then the primary key. */
function existing(member: MemberState, former: FormerIdentity): FormerIdentity {
  if (!former.startsWith('index ')) return former;
  const index = member.indexes.find(({ name }) => name === former.slice('index '.length));
  return index === undefined || parseIndexComment(index.comment) !== null ? 'default' : former;
}
