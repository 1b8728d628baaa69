export { describeCapture } from './describe-capture.ts';
export { describeChecks } from './describe-checks.ts';
export { describePlugin } from './describe-plugin.ts';
