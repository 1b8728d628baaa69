import type { Observer } from '../../contracts/index.ts';
import type { NamedCapture } from '../captures/captures.ts';
import type { VersionClock } from '../delivery/delivery.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import type { Target, TargetSink } from '../generations/target.ts';
import type { LeaseWatch } from '../identity/lease-watch.ts';
import type { Standing } from '../identity/stand-by.ts';
import type { SafetyWatch } from '../limits/safety-watch.ts';
import type { Refreshes } from '../waiting/refreshes.ts';
import type { PresentSession } from './run-control.ts';
import type { EngineTuning, RunOptions, StoppedIndex } from './run-options.ts';

/** Comings back of an optional sink. */
export interface SinkReturns {
  readonly count: number;
  /** ms since the epoch of the last one. */
  readonly at: number;
}

/** What outlives a session: the run tries again with it after the source was lost. */
export interface RunState {
  readonly options: RunOptions;
  readonly observer: Required<Observer>;
  readonly sinks: readonly TargetSink[];
  readonly tuning: EngineTuning;
  /** Names this process in leases. */
  readonly holder: string;
  /** Records of sinks that keep none. */
  readonly memory: Map<string, GenerationRecord>;
  readonly versions: VersionClock;
  /** What was seen of other processes' leases. */
  readonly leases: LeaseWatch;
  /** The epochs that sessions of this run wrote with, by sink and generation. */
  readonly epochs: Map<string, number>;
  /** What the last session kept in step: its leases may still be ours. */
  targets: readonly Target[];
  /** No two sinks lead to the same place. */
  placesChecked: boolean;
  /** Null while this process leads, or does not know yet. */
  standing: Standing | null;
  readonly stopped: Map<string, StoppedIndex>;
  /** How often each optional sink made the run begin a new session of late. */
  readonly returns: Map<string, SinkReturns>;
  /** A session followed the source before: what does not fit now fitted then. */
  wasLive: boolean;
  /** What was told of the choice of a capture: it is told once. */
  toldChoice: string | null;
  /** Whether it was looked for captures that nobody follows. */
  unfollowedTold: boolean;
  /** What the present session follows, and what it would change to. */
  captures: readonly NamedCapture[];
  readonly safety: SafetyWatch | null;
  readonly present: PresentSession;
  readonly refreshes: Refreshes;
  /** Called when the session follows the source. */
  readonly onLive: () => void;
}
