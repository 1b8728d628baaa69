import { describe, expect, test } from 'vitest';
import { queueMutants } from '../../../test/queue-mutants.ts';
import { memoryQueueDriver } from '../../../test/reference-queue.ts';
import { runChecks } from '../check.ts';
import { queueChecks } from './queue-checks.ts';

test.each([
  ['durable', true],
  ['not durable', false],
])('a queue that keeps every promise (%s) passes', async (_what, durable) => {
  const results = await runChecks(queueChecks, memoryQueueDriver(durable));
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(15);
});

describe('a queue is found out that', () => {
  test.each(queueMutants)('$flaw', async ({ breaks, durable = false, make }) => {
    const checks = queueChecks.filter(({ name }) => name.includes(breaks));
    expect(checks).toHaveLength(1);
    const [result] = await runChecks(checks, memoryQueueDriver(durable, make), { deadlineMs: 1_000 });
    const error = result?.outcome === 'failed' ? result.error : null;
    expect(error).not.toBeNull();
    // Then the flaw was not what was found, but a mistake in the mutant or in the check.
    expect(error).not.toBeInstanceOf(TypeError);
  });
});
