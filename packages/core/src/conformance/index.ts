export { type CheckResult, type ConformanceCheck, type RunChecksOptions, runChecks } from './check.ts';
