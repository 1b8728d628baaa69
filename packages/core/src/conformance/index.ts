export type { CaptureDriver, CaptureGuarantee, CaptureSource } from './capture/driver.ts';
export { type CheckResult, type ConformanceCheck, type RunChecksOptions, runChecks } from './check.ts';
export type { DocumentBuilderDriver, DocumentSource } from './documents/driver.ts';
export { pluginContext } from './plugin-context.ts';
export type { QueueDriver } from './queue/queue-driver.ts';
export { conformanceSchema } from './sink/conformance-schema.ts';
export type { SinkClaims, SinkDriver } from './sink/sink-driver.ts';
export * from './source/index.ts';
