import type { Lineages } from '../stream/lineages.ts';
import { recordStatement } from './plan.ts';
import type { Querier } from './querier.ts';
import { readPublication } from './read-state.ts';

/** Writes down the lineages that are accounted for, where this role may and where they are news. */
export async function recordLineages(
  querier: Querier,
  publication: string,
  lineages: Lineages,
): Promise<void> {
  const state = await readPublication(querier, publication);
  if (state?.owned !== true) return;
  const news = lineages.toRecord(state.record.lineages);
  if (news === null) return;
  await querier.query(recordStatement(publication, { ...state.record, lineages: news }));
}
