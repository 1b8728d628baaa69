export { type CheckResult, type ConformanceCheck, type RunChecksOptions, runChecks } from './check.ts';
export { pluginContext } from './plugin-context.ts';
