import type { Deployment } from '../../e2e/harness/deployment.ts';
import { differences } from '../../e2e/harness/differences.ts';
import { expectedDocuments } from '../../e2e/harness/expected-documents.ts';
import { indexedDocuments } from '../../e2e/harness/indexed-documents.ts';
import { waitFor } from '../../support/wait.ts';

/** Exact names of the physical indexes of an index, without the prefix. */
export async function physicalIndexes({ search }: Deployment, index: string): Promise<readonly string[]> {
  const { body } = await search.client.indices.get({ index: `${search.prefix}${index}_*` });
  return Object.keys(body)
    .map((name) => name.slice(search.prefix.length))
    .sort();
}

/** The number of the generation that the alias leads to; null: there is no alias. */
export async function searched({ search }: Deployment, index: string): Promise<number | null> {
  const name = `${search.prefix}${index}`;
  const response = await fetch(new URL(`${name}/_alias`, search.url));
  if (response.status === 404) return null;
  const [physical, ...more] = Object.keys(JSON.parse(await response.text()));
  if (physical === undefined || more.length > 0)
    throw new Error(`${name} leads to ${more.length + 1} indexes.`);
  return Number(physical.split('_').at(-1));
}

/** Resolves when a generation holds what the SQL says, whether users search it or not. */
export async function inStep(site: Deployment, physical: string, sql: string): Promise<void> {
  await waitFor(
    async () => {
      site.process.assertRunning();
      const expected = await expectedDocuments(site.database, sql);
      const held = await indexedDocuments(site.search.url, `${site.search.prefix}${physical}`);
      const lines = differences(physical, expected, held);
      if (lines.length > 0) throw new Error(lines.slice(0, 3).join('\n'));
      return true;
    },
    { what: `${physical} to be in step` },
  );
}
