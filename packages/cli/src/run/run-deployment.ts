import type { Observer } from '@sluice/core';
import { type RunOptions, type RunResult, runSluice } from '@sluice/core/engine';
import { bindingError } from '../binding.ts';
import type { Deployment } from '../deployment.ts';
import { describeError } from '../output/describe-error.ts';
import { SeveralProblems } from '../output/several-problems.ts';

/** What a command decides about a run; the rest follows from the configuration. */
export type RunChoices = Pick<
  RunOptions,
  'onControl' | 'once' | 'keepCapture' | 'backfill' | 'skipBackfill' | 'provision' | 'adopt'
> & { readonly observers: readonly Observer[]; readonly signal: AbortSignal };

/**
 * Keeps a deployment's enabled indexes in step until the signal aborts, or with `once` until they are.
 * Rejects when every index stopped; some that did are in the result.
 */
export async function runDeployment(deployment: Deployment, choices: RunChoices): Promise<RunResult> {
  const { config, capture, documents, queue, sinks } = deployment;
  return runSluice({
    ...choices,
    capture,
    documents,
    queue,
    sinks,
    limits: config.source.limits,
    indexes: config.indexes.filter(({ enabled }) => enabled),
    describeBinding: (results) => bindingError(config, results),
  });
}

/**
 * An index that stopped on the way is a failure of the run, not of its end: it is told of, with exit
 * code 1, also where a signal ended the run.
 */
export function requireNoneStopped({ stoppedIndexes }: RunResult): void {
  if (stoppedIndexes.length > 0)
    throw new SeveralProblems(stoppedIndexes.map(({ error }) => describeError(error)));
}
