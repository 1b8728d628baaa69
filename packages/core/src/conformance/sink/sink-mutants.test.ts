import { describe, expect, test } from 'vitest';
import { memoryDriver } from '../../../test/reference-sink.ts';
import { sinkMutants } from '../../../test/sink-mutants/index.ts';
import { runChecks } from '../check.ts';
import { sinkChecks } from './sink-checks.ts';

test.each(['versioned', 'in-order'] as const)(
  'a sink that keeps every promise (%s) passes',
  async (ordering) => {
    const results = await runChecks(sinkChecks, memoryDriver(ordering));
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(20);
  },
);

describe('a sink is found out that', () => {
  test.each(sinkMutants)('$flaw', async ({ breaks, ordering = 'versioned', mutate }) => {
    const checks = sinkChecks.filter(({ name }) => name.includes(breaks));
    expect(checks).toHaveLength(1);
    const [result] = await runChecks(checks, memoryDriver(ordering, mutate), { deadlineMs: 1_000 });
    const error = result?.outcome === 'failed' ? result.error : null;
    expect(error).not.toBeNull();
    // Then the flaw was not what was found, but a mistake in the mutant or in the check.
    expect(error).not.toBeInstanceOf(TypeError);
  });
});
