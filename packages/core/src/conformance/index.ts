export { type CheckResult, type ConformanceCheck, type RunChecksOptions, runChecks } from './check.ts';
export { pluginContext } from './plugin-context.ts';
export type { QueueDriver } from './queue/queue-driver.ts';
export { conformanceSchema } from './sink/conformance-schema.ts';
export type { SinkClaims, SinkDriver } from './sink/sink-driver.ts';
