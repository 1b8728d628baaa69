import type { DocumentReference, KeyRange, SinkReader, UnbuildableDocument } from '../../contracts/index.ts';
import { abortable, type Semaphore } from '../async.ts';
import { type Built, type DeliveryContext, deliver } from '../delivery/delivery.ts';
import { type Lane, stopsTheIndex } from '../delivery/lane.ts';
import { thisMoment } from '../delivery/moment.ts';
import { nothingCaptured, Ticket } from '../delivery/ticket.ts';
import type { GenerationRecord, ScanProgress } from '../generations/generation-record.ts';
import type { Target } from '../generations/target.ts';
import { boundariesOf, mergeRanges, rangesOf } from './key-ranges.ts';

/** Root rows in the smallest range; tables of many millions get fewer, larger ones. */
const rangeRows = 4_000;
/** Ranges that a record holds at most. */
const mostRanges = 2_000;

export interface ScanContext extends DeliveryContext {
  /** Documents in a page at most. */
  readonly pageSize: number;
  /** Ranges scanned at once by one scan. */
  readonly workers: number;
  /** Ranges scanned at once by all scans of the run. */
  readonly slots: Semaphore;
}

/**
 * Writes every document that the source has to one generation, range by range, while live changes
 * flow: versions keep either from undoing the other. Finished ranges are recorded, so that a
 * restart goes on from there.
 */
export async function scanSource(
  lane: Lane,
  target: Target,
  context: ScanContext,
): Promise<'complete' | 'broken-off'> {
  const progress = await begin(lane, target, context);
  const ranges = rangesOf(progress.boundaries ?? []);
  const finished = new Set(progress.finished);
  const open = ranges.map((_range, number) => number).filter((number) => !finished.has(number));
  const report = reporter(target, progress, ranges.length, context);
  report(0);
  const worker = async () => {
    for (let number = open.shift(); number !== undefined; number = open.shift()) {
      const range = ranges[number];
      if (range === undefined) return;
      const { misses } = target;
      await context.slots.run(() => scanRange(lane, target, range, context, report), context.signal);
      // A range that broke off must not be taken for finished: its rows would be missing for ever.
      if (!takesDocuments(lane, target) || target.misses !== misses) return;
      finished.add(number);
      const recorded = [...finished].sort((a, b) => a - b);
      await target.update((record) => withFinished(record, progress, recorded));
    }
  };
  await Promise.all(Array.from({ length: context.workers }, worker));
  return finished.size === ranges.length && takesDocuments(lane, target) ? 'complete' : 'broken-off';
}

/** Whether what is written to the generation arrives there. */
export function takesDocuments(lane: Lane, target: Target): boolean {
  return lane.stopped === null && !target.missed && !target.retired;
}

async function begin(lane: Lane, target: Target, context: ScanContext): Promise<ScanProgress> {
  const { scan } = target.record;
  if (scan === null) throw new Error(`no scan was asked for of ${target.id}`);
  if (scan.boundaries !== null) return scan;
  const split = await context.builder.split(lane.plan, rangeRows);
  const ranges = mergeRanges(split.ranges, mostRanges);
  const begun: ScanProgress = { ...scan, boundaries: boundariesOf(ranges), finished: [], rows: split.rows };
  // Left behind meanwhile, it has another scan before it.
  await target.update((record) => (record.scan === scan ? { ...record, scan: begun } : record));
  return begun;
}

function withFinished(
  record: GenerationRecord,
  { boundaries }: ScanProgress,
  finished: readonly number[],
): GenerationRecord {
  const { scan } = record;
  return scan === null || scan.boundaries !== boundaries
    ? record
    : { ...record, scan: { ...scan, finished } };
}

type Report = (rows: number) => void;

function reporter(target: Target, progress: ScanProgress, ranges: number, context: ScanContext): Report {
  let rows = Math.round((progress.rows * progress.finished.length) / ranges);
  return (more) => {
    rows += more;
    context.observer.backfill({
      index: target.generation.index,
      sink: target.sink.name,
      rows,
      total: Math.max(progress.rows, rows),
      done: false,
      kind: progress.kind,
      ...(progress.reason === null ? {} : { reason: progress.reason }),
    });
  };
}

async function scanRange(
  lane: Lane,
  target: Target,
  range: KeyRange,
  context: ScanContext,
  report: Report,
): Promise<void> {
  const started = performance.now();
  const write = target.sink.sink.ordering === 'versioned' ? writeDirectly : writeThroughLane;
  let writing: Promise<void> = Promise.resolve();
  const failing: UnbuildableDocument[] = [];
  const onUnbuildable =
    lane.policy === 'stop' ? undefined : (row: UnbuildableDocument) => void failing.push(row);
  let readAt = thisMoment();
  const send = (documents: Built['documents']) => {
    const unbuildable = failing.splice(0);
    const rows = documents.length + unbuildable.length;
    return write(lane, target, { documents, unbuildable, readAt }, context).then(() => report(rows));
  };
  try {
    const pages = context.builder.scan(lane.plan, range, context.pageSize, onUnbuildable);
    for await (const documents of pages) {
      await writing;
      if (!takesDocuments(lane, target)) return;
      context.signal.throwIfAborted();
      // The next page is read while this one is written.
      writing = send(documents);
      writing.catch(() => undefined);
      readAt = thisMoment();
    }
    await writing;
    if (failing.length > 0) await send([]);
  } catch (error) {
    if (!stopsTheIndex(error)) throw error;
    lane.stop(error);
    return;
  } finally {
    await writing.catch(() => undefined);
  }
  context.observer.stage({ stage: 'build', index: lane.index, ms: performance.now() - started, items: 0 });
}

function writeDirectly(lane: Lane, target: Target, built: Built, context: ScanContext): Promise<void> {
  return deliver({ target, plan: lane.plan, policy: lane.policy, ...built, origin: 'scan' }, context);
}

/**
 * A sink that cannot compare versions must not get a scanned document after a newer live one: the
 * keys go through the lane, which never has two writes of one document in flight.
 */
async function writeThroughLane(
  lane: Lane,
  _target: Target,
  { documents, unbuildable }: Built,
  context: ScanContext,
): Promise<void> {
  let ticket: Ticket | undefined;
  const written = new Promise<void>((resolve) => {
    ticket = new Ticket(nothingCaptured, () => resolve());
  });
  if (ticket === undefined) throw new Error('a promise runs its executor at once');
  await lane.add([...documents, ...unbuildable], ticket, 'bulk', context.signal);
  ticket.release();
  // A lane that stops releases what it held, too.
  await abortable(written, context.signal);
}

/** Deletes from one generation whatever the source has no document for. */
export async function removeAbsent(
  lane: Lane,
  target: Target,
  context: ScanContext,
): Promise<'complete' | 'broken-off'> {
  const { misses, sink } = target;
  const { reader } = sink.sink;
  if (reader === undefined) {
    context.observer.warning({
      code: 'SLUICE_SINK_REJECTED',
      message: `sink "${target.sink.name}" cannot be read back: documents of "${lane.index}" that are gone from the source stay in it`,
      index: lane.index,
    });
    return takesDocuments(lane, target) ? 'complete' : 'broken-off';
  }
  // A row on which an expression fails is there: what is held of it stays, and its letter too.
  const ignoring = lane.policy === 'stop' ? undefined : () => undefined;
  // A page built before the rows went could land after the listing.
  await lane.pagesInFlight();
  try {
    for await (const places of placesWithSomething(target, reader, context.pageSize)) {
      const readAt = thisMoment();
      const documents = await context.builder.absent(lane.plan, places, ignoring);
      const built = { documents, unbuildable: [], readAt };
      if (documents.length > 0) await writeDirectly(lane, target, built, context);
      context.signal.throwIfAborted();
      if (!takesDocuments(lane, target)) return 'broken-off';
    }
  } catch (error) {
    if (target.leaveOut(error)) return 'broken-off';
    if (!stopsTheIndex(error)) throw error;
    lane.stop(error);
    return 'broken-off';
  }
  return takesDocuments(lane, target) && target.misses === misses ? 'complete' : 'broken-off';
}

/** Where the sink holds a document or a dead letter. */
async function* placesWithSomething(
  { generation, deadLetters }: Target,
  reader: SinkReader,
  pageSize: number,
): AsyncGenerator<readonly DocumentReference[]> {
  yield* reader.list(generation, pageSize);
  if (deadLetters !== null) yield* deadLetters.list();
}
