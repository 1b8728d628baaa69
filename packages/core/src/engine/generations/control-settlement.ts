import type { Observer } from '../../contracts/index.ts';
import type { EngineIndex } from '../run/run-options.ts';
import type { StoredState } from '../run/stored-state.ts';
import { changeControl } from './control-requests.ts';
import type { GenerationRecord } from './generation-record.ts';
import {
  type ControlRequest,
  decided,
  emptyControl,
  forConfiguration,
  type IndexControl,
  sameGeneration,
} from './index-control.ts';
import type { TargetSink } from './target.ts';

interface SettledIndex {
  readonly index: EngineIndex;
  /** The hash that the configuration leads to. */
  readonly configured: string;
  readonly records: readonly GenerationRecord[];
  readonly stored: StoredState;
}

interface SettlementContext {
  /** Whether a stored generation can be kept in step: its schema fits the tables. */
  readonly fits: (record: GenerationRecord) => boolean;
  readonly observer: Required<Observer>;
}

/** What was decided about the index, once it fits the configuration and what was asked for is decided. */
export async function settleControl(
  { sink, name }: TargetSink,
  { index: { schema }, configured, records, stored }: SettledIndex,
  { fits, observer }: SettlementContext,
): Promise<IndexControl | null> {
  const { records: store, generations } = sink;
  const { index } = schema;
  if (store === undefined || generations === undefined) return null;
  const known = stored.controls.get(index) ?? emptyControl(index);
  const changing = known.inUse === null && records.some((record) => record.hash !== configured);
  const promoted = known.request?.state === 'asked' || changing ? await generations.promoted(index) : null;
  const settled = (held: IndexControl): IndexControl => {
    const current = forConfiguration(held, configured);
    const fitting = withoutUnfit(current, records, fits);
    const remembering =
      fitting.inUse === null && promoted !== null ? { ...fitting, inUse: promoted } : fitting;
    return decided(remembering, { configured, records, promoted });
  };
  if (settled(known) === known) return known;
  const control = await changeControl(store, index, settled);
  tellDecision(control, known.request, name, observer);
  return control;
}

/** Nobody goes on with a generation whose schema no longer fits, whatever was chosen: what is configured does. */
function withoutUnfit(
  control: IndexControl,
  records: readonly GenerationRecord[],
  fits: (record: GenerationRecord) => boolean,
): IndexControl {
  const chosen = records.find((record) => sameGeneration(record, control.choice?.generation ?? null));
  return chosen === undefined || fits(chosen) ? control : { ...control, choice: null };
}

/** Tells what became of a request, in the log of the process that carries it out. */
export function tellDecision(
  { index, request }: IndexControl,
  asked: ControlRequest | null,
  sink: string,
  observer: Required<Observer>,
): void {
  if (request === null || asked?.state !== 'asked' || request.state === 'asked') return;
  const what = `${request.action} of index "${index}" in sink "${sink}"`;
  const outcome =
    request.state === 'refused'
      ? `refused: ${request.reason}`
      : request.generation === null
        ? 'done'
        : `generation ${request.generation.number} is to take over`;
  observer.info({ message: `${what}: ${outcome}` });
}
