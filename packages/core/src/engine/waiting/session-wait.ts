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
      const found = await searchedOf(index, sink, targets);
      if (typeof found === 'string') tell(found);
      else if (isInStep(found)) searched.push(found);
      else tell(beingFilled(index));
    }
    if (searched.length === sinks.length) return searched;
    await delay(lookMs, signal);
  }
}

function beingFilled(index: string): string {
  return `index "${index}" is being filled or reconciled`;
}

/**
 * What users search of an index in a sink, or why nobody can tell: asked for, since it may be a former
 * generation until the next one is complete.
 */
async function searchedOf(
  index: string,
  { name, sink: { generations } }: TargetSink,
  targets: readonly Target[],
): Promise<Target | string> {
  const own = targets.filter(({ sink }) => sink.name === name);
  const wanted = own.find((target) => target.wanted);
  if (generations === undefined) return wanted ?? beingFilled(index);
  try {
    const promoted = await generations.promoted(index);
    const found = own.find(({ generation }) => sameGeneration(promoted, generation));
    if (found !== undefined) return found;
    if (wanted?.record.seeded !== true) return beingFilled(index);
    const where = promoted === null ? 'nowhere' : `to generation ${promoted.number}, which is not followed`;
    return `what users search as "${index}" in sink "${name}" leads ${where}`;
  } catch (error) {
    if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
    return `sink "${name}" does not answer: ${error.message}`;
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
