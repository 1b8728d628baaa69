/* oxlint-disable vitest/valid-title -- named by whoever calls it */
import { afterAll, describe } from 'vitest';
import { type QueueDriver, queueChecks } from '../conformance/index.ts';
import { describeChecks } from './describe-checks.ts';

/** Tests every promise of `Queue` against the queue behind the driver, and cleans up afterwards. */
export function describeQueue(name: string, driver: QueueDriver): void {
  describe(name, () => {
    afterAll(() => driver.cleanUp?.());
    describeChecks('as a queue', queueChecks, driver);
  });
}
