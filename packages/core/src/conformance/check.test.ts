import { expect, test } from 'vitest';
import { type ConformanceCheck, runChecks } from './check.ts';

const check = (name: string, run: () => Promise<void>): ConformanceCheck<null> => ({ name, run });

test('a broken promise and silence are failures, and the checks after them run', async () => {
  const results = await runChecks(
    [
      check('breaks', async () => {
        throw new Error('expected 1, saw 2');
      }),
      check('is silent', () => new Promise(() => undefined)),
      { name: 'does not matter', notFor: () => 'it has no such thing', run: async () => undefined },
      check('keeps', async () => undefined),
    ],
    null,
    { deadlineMs: 20 },
  );
  expect(
    results.map((result) => [
      result.name,
      result.outcome === 'failed' ? result.error.message : result.outcome,
    ]),
  ).toEqual([
    ['breaks', 'expected 1, saw 2'],
    ['is silent', 'No answer after 20 ms'],
    ['does not matter', 'not concerned'],
    ['keeps', 'passed'],
  ]);
});
