/* oxlint-disable vitest/expect-expect, vitest/valid-title -- the checks carry names and assertions */
import { describe, test } from 'vitest';
import type { ConformanceCheck } from '../conformance/index.ts';

/** Makes a test of each check; one that does not concern the driver is shown as skipped, with the reason. */
export function describeChecks<Driver>(
  name: string,
  checks: readonly ConformanceCheck<Driver>[],
  driver: Driver,
): void {
  describe(name, () => {
    for (const check of checks) {
      const reason = check.notFor?.(driver) ?? null;
      test(check.name, async (context) => {
        if (reason !== null) context.skip(reason);
        await check.run(driver);
      });
    }
  });
}
