import type { ChangeCapture, DocumentBuilder, Generation } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { followedPlugin } from '../captures/capture-record.ts';
import type { CaptureChoice } from '../captures/captures.ts';
import { type GenerationRecord, generationRecords } from '../generations/generation-record.ts';
import { sameGeneration } from '../generations/index-control.ts';
import type { WaitRequest, WaitResult } from '../run/run-control.ts';
import type { EngineSink } from '../run/run-options.ts';
import { positionOf, type TellWait } from './wait-point.ts';

/** Between two looks at the records, in ms. */
const lookMs = 150;

export interface RecordWait {
  readonly capture: CaptureChoice;
  readonly documents: DocumentBuilder;
  readonly sinks: readonly EngineSink[];
  /** Every enabled index with the names of its sinks. */
  readonly indexes: readonly { readonly name: string; readonly sinks: readonly string[] }[];
}

/**
 * Waits from outside of the process that follows: by what the sinks keep on record, which is at most a
 * second late.
 *
 * @throws SLUICE_WAIT_REFUSED where no required sink of an index keeps a record
 */
export async function waitByRecords(
  request: WaitRequest,
  deployment: RecordWait,
  signal: AbortSignal,
  tell: TellWait,
): Promise<WaitResult> {
  const places = placesOf(request, deployment);
  const followed = await followedCapture(deployment, places);
  const { documents } = deployment;
  const { capture } = followed;
  await made(capture, signal, tell);
  const position = await positionOf(request.point, { capture, documents }, signal, tell);
  const identity = await capture.identity();
  const { timeline } = await documents.source();
  const open = new Set(places);
  while (open.size > 0) {
    const records = await recordsOf(open, tell);
    for (const place of open) {
      const held = records.get(place.sink);
      if (held === undefined) continue;
      const record = await searchedRecord(place, held, tell);
      if (record === undefined) continue;
      const behind =
        record === null
          ? 'it was not filled yet'
          : whyBehind(record, { capture, identity, timeline, position });
      if (behind !== null) {
        tell(await withFollower(`index "${place.index}" in sink "${place.sink.name}": ${behind}`, capture));
      } else if (record !== null && (await isRefreshed(place, record, tell))) open.delete(place);
    }
    if (open.size > 0) await delay(lookMs, signal);
  }
  return { position, indexes: request.indexes };
}

/** An index in a required sink. */
interface Place {
  readonly index: string;
  readonly sink: EngineSink;
}

function placesOf({ indexes }: WaitRequest, deployment: RecordWait): readonly Place[] {
  return indexes.flatMap((index) => {
    const names = deployment.indexes.find(({ name }) => name === index)?.sinks ?? [];
    const sinks = deployment.sinks.filter(({ name, required }) => required && names.includes(name));
    const remembering = sinks.filter(({ sink }) => sink.records !== undefined);
    if (remembering.length > 0) return remembering.map((sink) => ({ index, sink }));
    throw new SluiceError(
      'SLUICE_WAIT_REFUSED',
      `No required sink of index "${index}" keeps a record of how far it is.`,
      { hint: 'Ask the running process: open its HTTP server with `server.private`.' },
    );
  });
}

/** The capture that the records name, of those that the configuration allows. */
async function followedCapture({ capture: { allowed } }: RecordWait, places: readonly Place[]) {
  if (allowed.length === 1) return allowed[0];
  const names = new Set<string>();
  for (const { sink } of places) {
    const records = generationRecords((await sink.sink.records?.list()) ?? []);
    for (const record of records) names.add(followedPlugin(record.capture)?.name ?? '');
  }
  return allowed.find(({ plugin }) => names.has(plugin.name)) ?? allowed[0];
}

async function recordsOf(
  places: Iterable<Place>,
  tell: TellWait,
): Promise<ReadonlyMap<EngineSink, readonly GenerationRecord[]>> {
  const sinks = new Set([...places].map(({ sink }) => sink));
  const records = new Map<EngineSink, readonly GenerationRecord[]>();
  for (const sink of sinks) {
    const held = await answered(sink, tell, async () => (await sink.sink.records?.list()) ?? []);
    if (held !== null) records.set(sink, generationRecords(held));
  }
  return records;
}

/** The record of the generation that users search; null where there is none yet, undefined where nobody can say. */
async function searchedRecord(
  { index, sink }: Place,
  records: readonly GenerationRecord[],
  tell: TellWait,
): Promise<GenerationRecord | null | undefined> {
  const ofIndex = records.filter((record) => record.index === index);
  const { generations } = sink.sink;
  if (generations === undefined) return ofIndex.find(({ seeded }) => seeded) ?? null;
  const promoted = await answered(sink, tell, async () => ({ name: await generations.promoted(index) }));
  if (promoted === null) return undefined;
  return ofIndex.find((record) => sameGeneration(promoted.name, record)) ?? null;
}

/** Before anything was captured no position says anything. */
async function made(capture: ChangeCapture, signal: AbortSignal, tell: TellWait): Promise<void> {
  while ((await capture.health?.())?.state === 'absent') {
    tell('nothing is captured yet: start `sluice run`');
    await delay(lookMs, signal);
  }
}

interface Reached {
  readonly capture: ChangeCapture;
  readonly identity: string;
  readonly timeline: string;
  readonly position: string;
}

/** Why a search does not find it yet, for people; null where only a refresh is missing. */
function whyBehind(
  { seeded, scan, requested, behind, stopped, source, capture: at }: GenerationRecord,
  { capture, identity, timeline, position }: Reached,
): string | null {
  if (behind !== null) return `it was left behind: ${behind}`;
  if (typeof stopped === 'string') return `it is stopped: ${stopped}`;
  if (!seeded) return 'it is being filled';
  if (scan !== null || requested !== null) return 'it is being reconciled';
  if (at.identity !== identity) return 'it does not follow this source yet';
  // Positions of a server that went before may lie ahead of everything that this one has written.
  if (source.timeline !== timeline) {
    return `it follows the timeline ${source.timeline}, and the source is on ${timeline} now (a failover or restore)`;
  }
  if (at.position === null) return 'nothing is on record of how far it is';
  if (capture.comparePositions(at.position, position) < 0) {
    return `it is at ${at.position}, and not at ${position} yet`;
  }
  return null;
}

async function withFollower(reason: string, capture: ChangeCapture): Promise<string> {
  if (capture.heldBy === undefined) return reason;
  const holder = await capture.heldBy().catch(() => undefined);
  return holder === null ? `nobody follows the source now: start \`sluice run\`; ${reason}` : reason;
}

async function isRefreshed(
  { sink }: Place,
  { index, hash, number, schema }: GenerationRecord,
  tell: TellWait,
): Promise<boolean> {
  const generation: Generation = { index, hash, number, schema };
  const done = await answered(sink, tell, async () => {
    await sink.sink.refresh?.(generation);
    return true;
  });
  return done === true;
}

/** null while the sink does not answer. */
async function answered<Answer>(
  { name }: EngineSink,
  tell: TellWait,
  ask: () => Promise<Answer>,
): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
    tell(`sink "${name}" does not answer: ${error.message}`);
    return null;
  }
}
