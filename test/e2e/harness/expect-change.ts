import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { ConvergeOptions, Deployment } from './deployment.ts';

/** SQL (one statement or several, in one transaction), or anything else that writes. */
export type Writing = string | (() => Promise<unknown>);

/**
 * Writes and waits until the documents show it. Fails where the writing should not have changed any
 * document: such a test would pass without Sluice.
 */
export async function expectChange(
  deployment: Deployment,
  writing: Writing,
  options?: ConvergeOptions,
): Promise<void> {
  const before = await deployment.expected();
  await write(deployment, writing);
  const changed = !isDeepStrictEqual(before, await deployment.expected());
  expect(changed, 'the writing changes what a document must be').toBe(true);
  await deployment.converged(options);
}

/** Writes what no document may show, and waits until it has passed. */
export async function expectNoChange(deployment: Deployment, writing: Writing): Promise<void> {
  const before = await deployment.expected();
  await write(deployment, writing);
  expect(await deployment.expected()).toEqual(before);
  await deployment.converged();
}

async function write(deployment: Deployment, writing: Writing): Promise<void> {
  if (typeof writing === 'string') await deployment.database.query(writing);
  else await writing();
}
