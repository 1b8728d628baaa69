import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../e2e/harness/deployment.ts';
import type { PlannedFault } from './faults/plan.ts';
import type { Fleet } from './fleet.ts';
import type { RoundOptions } from './round.ts';
import type { Timeline } from './timeline.ts';
import type { Journal } from './workload/journal.ts';

export interface Evidence extends RoundOptions {
  readonly site: Deployment;
  readonly plan: readonly PlannedFault[];
  readonly timeline: Timeline;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly problems: readonly string[];
}

/** What happened in a round, also in one that passed. */
export async function keepTimeline(
  { evidence, seed, capture }: RoundOptions,
  timeline: Timeline,
): Promise<void> {
  await mkdir(evidence, { recursive: true });
  await writeFile(join(evidence, `${seed}-${capture}.timeline.txt`), timeline.text);
}

/** Writes down what is known about a failed round, and tells the end of it. */
export async function keepEvidence(known: Evidence): Promise<void> {
  const { evidence, seed, capture, site, servers, plan, timeline, journal, fleet, problems } = known;
  const folder = join(evidence, `${seed}-${capture}`);
  await mkdir(folder, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write('problems.txt', `${problems.join('\n')}\n`);
  await write('plan.txt', plan.map(({ atMs, kind, what }) => `${atMs} ${kind}: ${what}\n`).join(''));
  await write('transactions.jsonl', journal.text);
  await write('documents.json', JSON.stringify(await documentsOf(site), null, 1));
  await write('postgres.log', await servers.postgres.logs());
  await write('opensearch.log', await servers.opensearch.logs());
  for (const { number, process } of fleet.all) await write(`process-${number}.log`, process.log);
  const last = timeline.text.trimEnd().split('\n').slice(-15);
  process.stderr.write(
    `Seed ${seed} (${capture}) failed:\n  ${problems.join('\n  ')}\nThe end of its timeline:\n  ${last.join('\n  ')}\nAll of it: ${folder}\n`,
  );
}

/** What each index must hold and what it holds, where the two differ. */
async function documentsOf(site: Deployment): Promise<object> {
  const expected = await site.expected().catch((error: unknown) => String(error));
  if (typeof expected === 'string') return { expected };
  const all: Record<string, object> = {};
  for (const [index, documents] of Object.entries(expected)) {
    const held = await site.indexed(index).catch(() => new Map());
    for (const place of new Set([...documents.keys(), ...held.keys()])) {
      const pair = { expected: documents.get(place), held: held.get(place) };
      if (JSON.stringify(pair.expected) !== JSON.stringify(pair.held)) all[`${index} ${place}`] = pair;
    }
  }
  return all;
}
