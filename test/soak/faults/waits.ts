import type { Stage } from '../stage.ts';
import { watchedIds } from '../world/shop.ts';
import { ask } from './ask.ts';
import type { FaultKind } from './fault.ts';

/** Applications that wait until what they wrote can be searched. */
export const waitFaults: readonly FaultKind[] = [
  {
    name: 'wait',
    weight: 5,
    uses: [],
    decide: (random) => {
      const id = random.pick(watchedIds);
      return {
        what: `for a write to customer ${id}`,
        lastsMs: 1_000,
        act: async (stage) => {
          const [wrote] = await stage.site.database.query<{ beat: string; xid: string }>(
            `INSERT INTO customers VALUES ($1, 'mine')
             ON CONFLICT (id) DO UPDATE SET name = excluded.name || customers.beat
             RETURNING beat, pg_current_xact_id()::text AS xid`,
            [id],
          );
          if (wrote === undefined) throw new Error('Nothing was written.');
          const ended = await ask(
            stage,
            'wait',
            '--xid',
            wrote.xid,
            '--index',
            'customers',
            '--timeout',
            '30s',
          );
          if (ended === 'complete') await check(stage, id, Number(wrote.beat));
        },
      };
    },
  },
];

/** What is found may be newer, or deleted by somebody who wrote after. */
async function check(stage: Stage, id: number, beat: number): Promise<void> {
  const { site, found } = stage;
  const { url, prefix } = site.search;
  const response = await fetch(new URL(`${prefix}customers/_search`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: { ids: { values: [String(id)] } } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The search was answered with ${response.status}: ${text.slice(0, 200)}`);
  const { hits }: { hits: { hits: readonly { _source: { beat: number } }[] } } = JSON.parse(text);
  const [hit] = hits.hits;
  if (hit !== undefined) {
    if (hit._source.beat < beat)
      found(`wait ended with customer ${id} at beat ${hit._source.beat}, not ${beat}`);
    return;
  }
  const rows = await site.database.query('SELECT FROM customers WHERE id = $1 AND beat = $2', [id, beat]);
  if (rows.length > 0) found(`wait ended without customer ${id}, which had beat ${beat} then and has now`);
}
