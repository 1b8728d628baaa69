import type { ConformanceCheck } from '../check.ts';
import { deliveryChecks } from './delivery-checks.ts';
import type { CaptureDriver } from './driver.ts';
import { failureChecks } from './failure-checks.ts';
import { positionChecks } from './position-checks.ts';
import { provisionChecks } from './provision-checks.ts';
import { rowChecks } from './row-checks.ts';
import { safetyChecks } from './safety-checks.ts';
import { streamChecks } from './stream-checks.ts';

/** Every promise of `ChangeCapture`. */
export const captureChecks: readonly ConformanceCheck<CaptureDriver>[] = [
  ...provisionChecks,
  ...rowChecks,
  ...deliveryChecks,
  ...positionChecks,
  ...streamChecks,
  ...failureChecks,
  ...safetyChecks,
];
