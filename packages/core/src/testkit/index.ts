export { describeChecks } from './describe-checks.ts';
