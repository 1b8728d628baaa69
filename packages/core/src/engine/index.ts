export type { RejectPolicy } from './delivery.ts';
export { generationHash } from './generations.ts';
export { fanOut } from './observers.ts';
export { mergeRequirements, notProvisionedError } from './readiness.ts';
export { refusedSource } from './refused-source.ts';
export { runSluice } from './run.ts';
export type {
  EngineIndex,
  EngineSink,
  EngineTuning,
  HoldLimit,
  RunOptions,
  RunResult,
  StoppedIndex,
} from './run-options.ts';
