export { namedPlugins } from './capture-record.ts';
export type { CaptureChoice, CapturePlugin, NamedCapture } from './captures.ts';
export {
  type CaptureDecision,
  type CaptureQuestion,
  chooseCapture,
  describeChoice,
  type RecordsBySink,
} from './choose-capture.ts';
export {
  type ReindexOptions,
  type Requested,
  requestReindex,
  storedControl,
  storedControls,
} from './control-requests.ts';
export { type DeadLetterBox, deadLetterBoxes } from './dead-letter-boxes.ts';
export { generationRecords } from './generation-record.ts';
export { type FollowedState, type GenerationStatus, generationStatus } from './generation-status.ts';
export { generationHash } from './generations.ts';
export type { ControlAction, ControlRequest, GenerationName, IndexControl } from './index-control.ts';
export { LeaseWatch } from './lease-watch.ts';
export { fanOut } from './observers.ts';
export {
  type PruneCandidate,
  type PruneContext,
  pruneCandidates,
  pruneGeneration,
} from './prune-generations.ts';
export { noPlaceError, type RejectPolicy } from './put-aside.ts';
export { mergeRequirements, notProvisionedError } from './readiness.ts';
export { type RecordWait, waitByRecords } from './record-wait.ts';
export { refusedSource } from './refused-source.ts';
export { type RequestProgress, requestProgress } from './request-progress.ts';
export { missingDeadLetterPlaces } from './required-places.ts';
export { DeadLetterRetry, type RetriedLetter } from './retry-dead-letters.ts';
export { runSluice } from './run.ts';
export type { FollowedGeneration, RunControl, WaitRequest, WaitResult } from './run-control.ts';
export type {
  EngineIndex,
  EngineSink,
  EngineTuning,
  HoldLimit,
  RunOptions,
  RunResult,
  StoppedIndex,
} from './run-options.ts';
export { judgeSafety, type SafetyLimits, type SafetyVerdict, safetyHint } from './safety.ts';
export type { CaptureSafety } from './safety-watch.ts';
export { sharedPlace } from './shared-places.ts';
export {
  type GenerationState,
  type ListedGeneration,
  listGenerations,
  readGenerations,
  type SinkGenerations,
} from './stored-generations.ts';
export { deadLetters } from './unanswered-letters.ts';
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
export { type TellWait, type WaitPoint, waitTimeout } from './wait-point.ts';
