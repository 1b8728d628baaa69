export { namedPlugins } from './capture-record.ts';
export type { CaptureChoice, CapturePlugin, NamedCapture } from './captures.ts';
export {
  type CaptureDecision,
  type CaptureQuestion,
  chooseCapture,
  describeChoice,
  type RecordsBySink,
} from './choose-capture.ts';
export { generationRecords } from './generation-record.ts';
export { generationHash } from './generations.ts';
export { fanOut } from './observers.ts';
export { noPlaceError, type RejectPolicy } from './put-aside.ts';
export { mergeRequirements, notProvisionedError } from './readiness.ts';
export { refusedSource } from './refused-source.ts';
export { missingDeadLetterPlaces } from './required-places.ts';
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
export { sharedPlace } from './shared-places.ts';
export { verifySluice } from './verify/verify.ts';
export {
  type Difference,
  type DifferenceKind,
  differenceKinds,
  type IndexProblem,
  isEqual,
  type Sample,
  type SkippedVerification,
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyResult,
} from './verify/verify-options.ts';
