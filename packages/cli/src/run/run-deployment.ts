import type { Observer } from '@sluice/core';
import { type RunOptions, type RunResult, runSluice } from '@sluice/core/engine';
import { bindingError } from '../binding.ts';
import type { Deployment } from '../deployment.ts';
import { describeError } from '../output/describe-error.ts';
import { SeveralProblems } from '../output/several-problems.ts';

/** What a command decides about a run; the rest follows from the configuration. */
export type RunChoices = Pick<
  RunOptions,
  'once' | 'keepCapture' | 'backfill' | 'skipBackfill' | 'provision' | 'adopt'
> & { readonly observers: readonly Observer[]; readonly signal: AbortSignal };

/**
 * Keeps a deployment's enabled indexes in step until the signal aborts, or with `once` until they are.
 * Rejects when every index stopped, and at the end when some did.
 */
export async function runDeployment(deployment: Deployment, choices: RunChoices): Promise<RunResult> {
  const { config, capture, documents, queue, sinks } = deployment;
  const result = await runSluice({
    ...choices,
    capture,
    documents,
    queue,
    sinks,
    indexes: config.indexes.filter(({ enabled }) => enabled),
    describeBinding: (results) => bindingError(config, results),
  });
  if (result.stoppedIndexes.length > 0) {
    throw new SeveralProblems(result.stoppedIndexes.map(({ error }) => describeError(error)));
  }
  return result;
}
