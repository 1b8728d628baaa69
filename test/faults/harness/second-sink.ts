import { convergence } from '../../e2e/harness/convergence.ts';
import type { Deployment } from '../../e2e/harness/deployment.ts';
import { differences } from '../../e2e/harness/differences.ts';
import { indexedDocuments } from '../../e2e/harness/indexed-documents.ts';

/** Resolves when another cluster than the deployment's first one holds what the rows say, too. */
export async function secondConverged(site: Deployment, url: string): Promise<void> {
  const expected = await site.expected();
  await convergence({
    look: async () => {
      site.process.assertRunning();
      const lines: string[] = [];
      for (const [index, documents] of Object.entries(expected)) {
        const held = await indexedDocuments(url, `${site.search.prefix}${index}`).catch(() => new Map());
        lines.push(...differences(index, documents, held));
      }
      return lines;
    },
    settled: () => site.converged(),
  });
}
