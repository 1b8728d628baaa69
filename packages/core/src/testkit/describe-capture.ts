import { type CaptureDriver, captureChecks } from '../conformance/index.ts';
import { describeChecks } from './describe-checks.ts';

/** Makes a test of every promise of `ChangeCapture`. Give tests against a server time: two minutes each. */
export function describeCapture(name: string, driver: CaptureDriver): void {
  describeChecks(name, captureChecks, driver);
}
