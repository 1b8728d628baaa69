export { settledWithin } from './async.ts';
export { namedPlugins } from './captures/capture-record.ts';
export type { CaptureChoice, CapturePlugin, NamedCapture } from './captures/captures.ts';
export {
  type CaptureDecision,
  type CaptureQuestion,
  chooseCapture,
  describeChoice,
  type RecordsBySink,
} from './captures/choose-capture.ts';
export { mergeRequirements, notProvisionedError, remedyOf } from './captures/readiness.ts';
export { type DeadLetterBox, deadLetterBoxes } from './dead-letters/dead-letter-boxes.ts';
export { noPlaceError, type RejectPolicy } from './dead-letters/put-aside.ts';
export { DeadLetterRetry, type RetriedLetter } from './dead-letters/retry-dead-letters.ts';
export { deadLetters } from './dead-letters/unanswered-letters.ts';
export { impatient } from './delivery/impatient-sink.ts';
export {
  type ReindexOptions,
  type Requested,
  requestReindex,
  storedControl,
  storedControls,
} from './generations/control-requests.ts';
export { generationRecords } from './generations/generation-record.ts';
export {
  type FollowedState,
  followedStates,
  type GenerationStatus,
  generationStatus,
} from './generations/generation-status.ts';
export { generationHash } from './generations/generations.ts';
export type {
  ControlAction,
  ControlRequest,
  GenerationName,
  IndexControl,
} from './generations/index-control.ts';
export {
  type PruneCandidate,
  type PruneContext,
  pruneCandidates,
  pruneGeneration,
} from './generations/prune-generations.ts';
export { type RequestProgress, requestProgress } from './generations/request-progress.ts';
export {
  type GenerationState,
  type ListedGeneration,
  listGenerations,
  readGenerations,
  type SinkGenerations,
} from './generations/stored-generations.ts';
export { LeaseWatch } from './identity/lease-watch.ts';
export { refusedSource } from './identity/refused-source.ts';
export { sharedPlace } from './identity/shared-places.ts';
export { judgeSafety, type SafetyLimits, type SafetyVerdict, safetyHint } from './limits/safety.ts';
export type { CaptureSafety } from './limits/safety-watch.ts';
export { fanOut } from './run/observers.ts';
export { missingDeadLetterPlaces } from './run/required-places.ts';
export { runSluice } from './run/run.ts';
export type { FollowedGeneration, RunControl, WaitRequest, WaitResult } from './run/run-control.ts';
export type {
  EngineIndex,
  EngineSink,
  EngineTuning,
  HoldLimit,
  RunOptions,
  RunResult,
  StoppedIndex,
} from './run/run-options.ts';
export { verifySluice } from './verify/verify.ts';
export {
  type Difference,
  type DifferenceCounts,
  type DifferenceKind,
  differenceKinds,
  type IndexProblem,
  isEqual,
  type ListedDifference,
  type Sample,
  type SkippedVerification,
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyResult,
} from './verify/verify-options.ts';
export { type RecordWait, waitByRecords } from './waiting/record-wait.ts';
export { type TellWait, type WaitPoint, waitTimeout } from './waiting/wait-point.ts';
