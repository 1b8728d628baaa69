import type { ChangeCapture, DocumentBuilder } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import type { Lane } from '../delivery/lane.ts';
import type { Pipeline } from '../delivery/pipeline.ts';
import { sameGeneration } from '../generations/index-control.ts';
import type { Target, TargetSink } from '../generations/target.ts';
import type { WaitRequest, WaitResult } from '../run/run-control.ts';
import type { Refreshes } from './refreshes.ts';
import { positionOf, type TellWait } from './wait-point.ts';

/** Between two looks at what is being filled, or at a sink that does not answer, in ms. */
const lookMs = 50;

export interface SessionWait {
  readonly capture: ChangeCapture;
  readonly documents: DocumentBuilder;
  readonly pipeline: Pipeline;
  /** They come and go. */
  readonly lanes: () => readonly Lane[];
  readonly refreshes: Refreshes;
}

/** Waits in the process that follows the source: by what it has in memory. */
export async function waitInSession(
  request: WaitRequest,
  session: SessionWait,
  signal: AbortSignal,
  tell: TellWait,
): Promise<WaitResult> {
  tell('the source has not answered yet');
  const position = await positionOf(request.point, session, signal, tell);
  requireGoing(request, session);
  tell('its changes are not durable in every required sink yet');
  await session.pipeline.reaches(position, signal);
  const searched: Target[] = [];
  for (const index of request.indexes) searched.push(...(await inStep(index, session, signal, tell)));
  tell('the sinks have not made it searchable yet');
  await Promise.all(searched.map((target) => refreshed(target, session.refreshes, signal, tell)));
  return { position, indexes: request.indexes };
}

/** An index that was stopped gets nothing until somebody mends it. */
function requireGoing({ indexes }: WaitRequest, { lanes }: SessionWait): void {
  for (const { index, stopped, targets } of lanes()) {
    if (stopped === null || !indexes.includes(index) || !targets.some(({ wanted }) => wanted)) continue;
    throw new SluiceError('SLUICE_WAIT_REFUSED', `Index "${index}" is stopped: ${stopped.message}`, {
      ...(stopped.hint === undefined ? {} : { hint: stopped.hint }),
    });
  }
}

/** The generations of an index that users search, once nothing of them is left to be scanned. */
async function inStep(
  index: string,
  session: SessionWait,
  signal: AbortSignal,
  tell: TellWait,
): Promise<readonly Target[]> {
  for (;;) {
    requireGoing({ point: { kind: 'now' }, indexes: [index] }, session);
    const targets = session
      .lanes()
      .flatMap((lane) => (lane.index === index ? lane.targets.filter(({ sink }) => sink.required) : []));
    const sinks = [...new Set(targets.map(({ sink }) => sink))];
    const searched: Target[] = [];
    for (const sink of sinks) {
      const found = await searchedOf(index, sink, targets, tell);
      if (found !== null && isInStep(found)) searched.push(found);
    }
    if (searched.length === sinks.length) return searched;
    tell(`index "${index}" is being filled or reconciled`);
    await delay(lookMs, signal);
  }
}

/** What users search of an index in a sink: asked for, since it may be a former generation until the next one is complete. */
async function searchedOf(
  index: string,
  { name, sink: { generations } }: TargetSink,
  targets: readonly Target[],
  tell: TellWait,
): Promise<Target | null> {
  const own = targets.filter(({ sink }) => sink.name === name);
  if (generations === undefined) return own.find(({ wanted }) => wanted) ?? null;
  try {
    const promoted = await generations.promoted(index);
    return own.find(({ generation }) => sameGeneration(promoted, generation)) ?? null;
  } catch (error) {
    if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
    tell(`sink "${name}" does not answer: ${error.message}`);
    return null;
  }
}

function isInStep({ record, missed }: Target): boolean {
  return !missed && record.scan === null && record.requested === null && record.behind === null;
}

async function refreshed(
  { sink, generation }: Target,
  refreshes: Refreshes,
  signal: AbortSignal,
  tell: TellWait,
): Promise<void> {
  for (;;) {
    try {
      await refreshes.refresh(sink.name, sink.sink, generation);
      return;
    } catch (error) {
      if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
      tell(`sink "${sink.name}" does not answer: ${error.message}`);
      await delay(lookMs, signal);
    }
  }
}
