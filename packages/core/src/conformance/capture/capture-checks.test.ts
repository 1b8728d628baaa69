import { expect, test, vi } from 'vitest';
import { captureMutants } from '../../../test/capture-mutants.ts';
import { memoryCaptureDriver } from '../../../test/memory-capture-driver.ts';
import { streamMutants } from '../../../test/stream-mutants.ts';
import { describeCapture } from '../../testkit/index.ts';
import { runChecks } from '../check.ts';
import { captureChecks } from './capture-checks.ts';

// A flaw is often that nothing comes.
vi.setConfig({ testTimeout: 60_000 });

describeCapture('the reference capture', memoryCaptureDriver());

const failed = async (name: string, change: Parameters<typeof memoryCaptureDriver>[0]) => {
  const checks = captureChecks.filter((check) => check.name === name);
  const [result] = await runChecks(checks, memoryCaptureDriver(change), { deadlineMs: 3000 });
  return result;
};

test.each([...captureMutants, ...streamMutants])(
  'a capture that $flaw is seen',
  async ({ seenBy, change }) => {
    expect(await failed(seenBy, change)).toMatchObject({ outcome: 'failed' });
  },
);

test('a capture that lacks a guarantee and does not say so is seen', async () => {
  const driver = { ...memoryCaptureDriver(), missing: { deletes: /deletes/ } };
  const results = await runChecks(captureChecks, driver, { deadlineMs: 10_000 });
  const outcomes = results.filter(({ outcome }) => outcome !== 'passed');
  expect(outcomes.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['reports a deleted row with the links that it had', 'not concerned'],
    ['says of every table which guarantees it lacks', 'failed'],
  ]);
});
