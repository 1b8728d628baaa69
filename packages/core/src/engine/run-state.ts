import type { Observer } from '../contracts/index.ts';
import type { VersionClock } from './delivery.ts';
import type { GenerationRecord } from './generation-record.ts';
import type { EngineTuning, RunOptions, StoppedIndex } from './run-options.ts';
import type { TargetSink } from './target.ts';

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
  readonly stopped: Map<string, StoppedIndex>;
  /** Called when the session follows the source. */
  readonly onLive: () => void;
}
