/* oxlint-disable vitest/valid-title -- named by whoever calls it */
import { afterAll, describe } from 'vitest';
import { type SinkDriver, sinkChecks } from '../conformance/index.ts';
import { describeChecks } from './describe-checks.ts';

/** Tests every promise of `Sink` against the sink behind the driver, and cleans up afterwards. */
export function describeSink(name: string, driver: SinkDriver): void {
  describe(name, () => {
    afterAll(() => driver.cleanUp?.());
    describeChecks('as a sink', sinkChecks, driver);
  });
}
