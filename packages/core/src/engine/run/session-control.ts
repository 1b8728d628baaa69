import type { ChangeCapture } from '../../contracts/index.ts';
import type { Pipeline } from '../delivery/pipeline.ts';
import type { LivingGenerations } from '../generations/living-generations.ts';
import { type SessionWait, waitInSession } from '../waiting/session-wait.ts';
import type { SessionControl } from './run-control.ts';
import type { RunState } from './run-state.ts';

export interface ControlledSession {
  readonly run: RunState;
  readonly capture: ChangeCapture;
  readonly pipeline: Pipeline;
  readonly living: LivingGenerations;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
}

/** What a session offers to whoever asks the run. */
export function sessionControl({
  run,
  capture,
  pipeline,
  living,
  signal,
}: ControlledSession): SessionControl {
  const { options, refreshes } = run;
  const waiting: SessionWait = {
    capture,
    documents: options.documents,
    pipeline,
    lanes: () => living.lanes,
    refreshes,
  };
  return {
    wait: (request, asked, tell) => waitInSession(request, waiting, asked, tell),
    generations: () =>
      living.targets.map(({ sink, record, missed, stopped, wanted, awaitsPromotion }) => ({
        sink: sink.name,
        required: sink.required,
        record,
        missed,
        stopped: stopped?.message ?? null,
        inUse: wanted && record.seeded && !awaitsPromotion,
      })),
    signal,
  };
}
