import type {
  BindResult,
  DocumentBuilder,
  IndexSchema,
  Observer,
  Queue,
  Sink,
} from '../../contracts/index.ts';
import type { SluiceError } from '../../errors/index.ts';
import type { CaptureChoice } from '../captures/captures.ts';
import type { RejectPolicy } from '../dead-letters/put-aside.ts';
import type { SafetyLimits } from '../limits/safety.ts';
import type { RunControl } from './run-control.ts';

/** How long a stopped index may hold back what the source keeps, before it is left behind. */
export interface HoldLimit {
  readonly bytes: number;
  readonly ageMs: number;
}

export interface EngineIndex {
  readonly schema: IndexSchema;
  /** Names of sinks. */
  readonly sinks: readonly string[];
  readonly onReject: RejectPolicy;
  readonly holdLimit: HoldLimit;
  /** The generation that another one replaces stays in step, for a rollback. Default false. */
  readonly keepFormer?: boolean;
}

export interface EngineSink {
  readonly name: string;
  readonly required: boolean;
  readonly sink: Sink;
}

/** Bounds of memory, concurrency and patience. */
export interface EngineTuning {
  /** Documents built in one statement at most. */
  readonly pageSize: number;
  /** Pages of one index built or written at once. */
  readonly workers: number;
  /** Ranges scanned at once by one backfill. */
  readonly scanWorkers: number;
  /** An optional sink that takes longer than this, in ms, is left out, and reconciled when it answers. */
  readonly optionalPatienceMs: number;
  /** How often one that was left out is asked whether it answers again, in ms. */
  readonly probeMs: number;
  /** How often the source is asked how much it keeps, in ms. */
  readonly safetyMs: number;
  /** How often it is looked whether users search what they are to search, in ms. */
  readonly searchedMs: number;
}

export interface RunOptions {
  /** Only indexes that are enabled. */
  readonly indexes: readonly EngineIndex[];
  readonly capture: CaptureChoice;
  readonly documents: DocumentBuilder;
  readonly queue: Queue;
  readonly sinks: readonly EngineSink[];
  readonly observers: readonly Observer[];
  /** Abort to stop: what is in flight is finished (bounded in time), the rest comes again at the next start. */
  readonly signal: AbortSignal;
  /** Fill, drain to a barrier, and return. */
  readonly once?: boolean;
  /** With `once`: leave slot or triggers for the next time. */
  readonly keepCapture?: boolean;
  /** Take indexes that were never filled as they are. */
  readonly skipBackfill?: boolean;
  /** Scan for sinks that keep no record, too. */
  readonly backfill?: boolean;
  /** Whether missing slots, triggers and identities may be made. Default true. */
  readonly provision?: boolean;
  /** Take over indexes that were written from another cluster or a copy. */
  readonly adopt?: boolean;
  /** Turns what does not fit the catalog into an error with places in the user's files. */
  readonly describeBinding?: (results: readonly BindResult[]) => SluiceError;
  /** How much the source may keep. Default: all that it must, and no warning of it. */
  readonly limits?: SafetyLimits;
  /** Called once, before anything is asked: what can be asked of the run while it goes on. */
  readonly onControl?: (control: RunControl) => void;
  readonly tuning?: Partial<EngineTuning>;
}

/** Whether a run takes the capture with it: it was allowed to make it, and not told to leave it. */
export function removesCapture({ once, keepCapture, provision }: RunOptions): boolean {
  return once === true && keepCapture !== true && provision !== false;
}

export interface StoppedIndex {
  readonly index: string;
  readonly error: SluiceError;
}

export interface RunResult {
  /** `complete`: `once` reached its end. `stopped`: the signal was aborted. */
  readonly outcome: 'complete' | 'stopped';
  /** Indexes that stopped on the way while others went on. */
  readonly stoppedIndexes: readonly StoppedIndex[];
}

export const defaultTuning: EngineTuning = {
  pageSize: 500,
  workers: 3,
  scanWorkers: 2,
  optionalPatienceMs: 10_000,
  probeMs: 5_000,
  safetyMs: 5_000,
  searchedMs: 5_000,
};
