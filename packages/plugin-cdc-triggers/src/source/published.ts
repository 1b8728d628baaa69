import type { CoverageNotice } from '@sluice/core';
import type { CaptureNames } from '../ddl/names.ts';
import type { Querier } from './querier.ts';

const allTablesSql = 'SELECT pubname AS name FROM pg_publication WHERE puballtables ORDER BY pubname';

/** Somebody else's replication takes every table along, and stops at one that its subscriber does not have. */
export async function findPublished(
  querier: Querier,
  { schema }: CaptureNames,
): Promise<readonly CoverageNotice[]> {
  const { rows } = await querier.query(allTablesSql);
  return rows.map(({ name }) => ({
    message: `The publication ${name} is for all tables, those of the schema ${schema} too: a subscriber that does not have them stops at the first captured change.`,
    hint: `Make them there first (pg_dump --schema-only --schema=${schema} once they are here, before the application writes), or publish tables by name.`,
  }));
}
