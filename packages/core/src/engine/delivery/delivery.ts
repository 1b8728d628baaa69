import type {
  Document,
  DocumentBuilder,
  DocumentKey,
  IndexPlan,
  Observer,
  OnUnbuildable,
  RejectedDocument,
  UnbuildableDocument,
  WriteReport,
} from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { encodeVersion } from '../../version.ts';
import { abortable, delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import {
  putAside,
  type RefusedDocument,
  type RejectPolicy,
  settleLetters,
} from '../dead-letters/put-aside.ts';
import type { Target } from '../generations/target.ts';
import { ageOf, type Moment, thisMoment } from './moment.ts';
import { placeOf } from './pending-keys.ts';
import type { SinkHealth } from './sink-health.ts';

/**
 * A body older than this is not sent: its keys are built again, so that it says the present. Shorter than
 * any takeover takes: a leader that was halted must not send what another one has removed since, perhaps
 * by listing, which leaves no delete behind where nothing lay.
 */
const staleAfterMs = 5_000;

/** Why the source's history must have restarted, and an epoch that the next one has to be above. */
export interface HistoryRestart {
  readonly reason: string;
  readonly epoch: number;
}

/**
 * The largest N that any answer of the source has shown in this run. It outlives sessions: what a
 * record says of N is up to a second old, and a source that was restored, or that lost its last
 * transactions in a crash, may be behind what was written in that second.
 */
export class VersionClock {
  latest = 0n;
  /** Until the generations were told. */
  restart: HistoryRestart | null = null;

  observe(version: bigint): void {
    if (version > this.latest) this.latest = version;
  }

  /** What the source shows when a session begins. */
  compare(version: bigint): void {
    if (version >= this.latest || this.restart !== null) return;
    const reason = `the source has finished fewer transactions (${version}) than it had before (${this.latest})`;
    this.restart = { reason, epoch: 0 };
  }

  /** Every generation knows of the restart: N begins again. */
  begin(version: bigint): void {
    this.latest = version;
    this.restart = null;
  }
}

export interface DeliveryContext {
  readonly builder: DocumentBuilder;
  readonly observer: Required<Observer>;
  readonly versions: VersionClock;
  readonly signal: AbortSignal;
}

export interface Delivery {
  readonly target: Target;
  readonly plan: IndexPlan;
  readonly policy: RejectPolicy;
  readonly documents: readonly Document[];
  /** Rows on which an expression fails; none under the policy `stop`, where the builder throws instead. */
  readonly unbuildable?: readonly UnbuildableDocument[];
  /** Before the builder was asked for them. */
  readonly readAt: Moment;
  readonly origin: 'live' | 'scan';
}

/** Documents of some keys as they were when they were read. */
export interface Built {
  readonly documents: readonly Document[];
  readonly unbuildable: readonly UnbuildableDocument[];
  /** Before the builder was asked for them. */
  readonly readAt: Moment;
}

/** A generation whose sink holds versions that this source has not reached. */
export class EpochConflict extends Error {
  override readonly name = 'EpochConflict';
  readonly target: Target;
  readonly held: bigint;

  constructor(target: Target, held: bigint) {
    super(
      `the generation ${target.id} in sink "${target.sink.name}" holds version ${held}, which this source has not reached: something else wrote to it`,
    );
    this.target = target;
    this.held = held;
  }
}

/**
 * Writes documents to one generation until the sink holds them, or newer ones. Never gives up on
 * a sink that is merely down or busy; never sends a body twice, nor one that was read before the sink
 * failed, was busy or was waited for, or long ago: a sink that restarted takes an old body for a new one
 * where it forgot a delete, so the keys are built again. What the sink refuses for good goes the way of the policy: under `stop` it
 * throws SLUICE_SINK_REJECTED, under `dead_letter` it resolves when the letters are durable.
 */
export async function deliver(delivery: Delivery, context: DeliveryContext): Promise<void> {
  const { target } = delivery;
  if (target.missed || target.retired) return;
  try {
    await (target.sink.required
      ? deliverUntilHeld(delivery, context)
      : deliverWithPatience(delivery, context));
  } catch (error) {
    if (!target.retired) throw error;
  }
}

/** A document that says something else whenever it is built would be looked at for ever. */
const mostLooks = 3;

/** An optional sink that fails or is slow is left behind, so that it does not hold up the others. */
async function deliverWithPatience(delivery: Delivery, context: DeliveryContext): Promise<void> {
  const { target } = delivery;
  const patience = AbortSignal.timeout(target.sink.patienceMs);
  try {
    const signal = AbortSignal.any([context.signal, patience]);
    await abortable(deliverUntilHeld(delivery, { ...context, signal }), signal);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!patience.aborted && !isSluiceError(error, 'SLUICE_SINK_REFUSED')) throw error;
    target.miss('does not take documents');
  }
}

async function deliverUntilHeld(delivery: Delivery, context: DeliveryContext): Promise<void> {
  const { target } = delivery;
  const { signal } = context;
  const { health } = target.sink;
  const { documents, unbuildable = [], readAt } = delivery;
  let built: Built = { documents, unbuildable, readAt };
  let busy = 0;
  let looks = 0;
  while (built.documents.length + built.unbuildable.length > 0) {
    await health.admit(signal);
    let left: Leftovers;
    try {
      if (isStale(built, health)) {
        built = await buildAgain(delivery, [...built.documents, ...built.unbuildable], context);
      }
      left = await writeInOrder(delivery, built, context);
    } catch (error) {
      if (!isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) {
        health.abstained();
        throw error;
      }
      if (signal.aborted) {
        health.abstained();
        throw signal.reason;
      }
      health.failed(error);
      continue;
    }
    health.succeeded();
    if (left.retry.length > 0) {
      health.busy();
      busy += 1;
      const delayMs = nextDelay(busy, Math.random(), { firstMs: 50, maxMs: 5_000 });
      const reason = new SluiceError(
        'SLUICE_SINK_UNAVAILABLE',
        `the sink was too busy for ${left.retry.length} documents: ${left.retry[0]?.reason ?? ''}`,
      );
      context.observer.retry({
        what: 'sink',
        name: target.sink.name,
        attempt: busy,
        delayMs,
        error: reason,
      });
      await delay(delayMs, signal);
    }
    looks += 1;
    const putAside = looks > mostLooks ? [] : left.putAside;
    const keys = [...left.retry.map(({ document }) => document), ...left.unsent, ...putAside];
    built = withoutSettled(await buildAgain(delivery, keys, context), putAside);
  }
}

/** Whether the sink may have taken a delete since, and not know of it any more. */
function isStale({ readAt }: Built, health: SinkHealth): boolean {
  return ageOf(readAt) > staleAfterMs || health.troubledSince(readAt);
}

/** What one round of writing leaves to be done. */
interface Leftovers {
  /** The sink was too busy for them. */
  readonly retry: readonly RejectedDocument[];
  /** What had to wait for another write, for too long. */
  readonly unsent: readonly Document[];
  /**
   * The letters that were put. Whoever mended such a row before its letter was there could not clear it,
   * and may not come back: so these keys are built once more.
   */
  readonly putAside: readonly RefusedDocument[];
}

async function buildAgain(
  { plan, policy }: Delivery,
  keys: readonly DocumentKey[],
  { builder }: DeliveryContext,
): Promise<Built> {
  if (keys.length === 0) return { documents: [], unbuildable: [], readAt: thisMoment() };
  return buildWithPolicy(policy, (onUnbuildable) => builder.build(plan, keys, onUnbuildable));
}

/** Under `stop` a row on which an expression fails is an error; else it is told apart from the others. */
export async function buildWithPolicy(
  policy: RejectPolicy,
  build: (onUnbuildable: OnUnbuildable | undefined) => Promise<readonly Document[]>,
): Promise<Built> {
  const readAt = thisMoment();
  const unbuildable: UnbuildableDocument[] = [];
  const documents = await build(policy === 'stop' ? undefined : (row) => unbuildable.push(row));
  return { documents, unbuildable, readAt };
}

/** Without what is as it was when it was put aside. */
function withoutSettled(
  { documents, unbuildable, readAt }: Built,
  putAside: readonly RefusedDocument[],
): Built {
  const settled = new Map(putAside.map((refused) => [placeOf(refused), refused]));
  return {
    documents: documents.filter((document) => {
      const refused = settled.get(placeOf(document));
      return refused?.cause !== 'rejected' || refused.body !== document.body;
    }),
    unbuildable: unbuildable.filter((row) => settled.get(placeOf(row))?.cause !== 'unbuildable'),
    readAt,
  };
}

async function writeInOrder(delivery: Delivery, built: Built, context: DeliveryContext): Promise<Leftovers> {
  const { documents, unbuildable } = built;
  const retry: RejectedDocument[] = [];
  const unsent: Document[] = [];
  const refused: RefusedDocument[] = unbuildable.map((row) => ({ ...row, cause: 'unbuildable', body: null }));
  for (const [number, part] of (documents.length === 0 ? [] : removalsFirst(documents)).entries()) {
    if (number > 0 && isStale(built, delivery.target.sink.health)) {
      unsent.push(...part);
      continue;
    }
    const rejected = await writeOnce({ ...delivery, documents: part }, context);
    retry.push(...rejected.filter(({ retryable }) => retryable));
    for (const { document, reason, retryable } of rejected) {
      if (!retryable) refused.push({ ...document, cause: 'rejected', reason });
    }
  }
  return { retry, unsent, putAside: await putAside(delivery, refused, context) };
}

/**
 * A document whose routing changed comes twice, with one version: as a removal where it lay and as
 * a document where it lies now. Both may be on one shard, where the later of equal versions wins: so
 * such removals are a write of their own, before the rest.
 */
export function removalsFirst(documents: readonly Document[]): readonly (readonly Document[])[] {
  if (documents.every(({ routing }) => routing === null)) return [documents];
  const alive = new Set(documents.filter(({ body }) => body !== null).map(({ id }) => id));
  const moves = ({ id, body }: Document) => body === null && alive.has(id);
  const removals = documents.filter(moves);
  if (removals.length === 0) return [documents];
  return [removals, documents.filter((document) => !moves(document))];
}

/** Returns what the sink rejected. */
async function writeOnce(delivery: Delivery, context: DeliveryContext): Promise<readonly RejectedDocument[]> {
  const { target, documents, origin } = delivery;
  const { observer, signal } = context;
  const started = performance.now();
  const report = await target.sink.sink.write({
    generation: target.generation,
    epoch: target.record.epoch,
    documents,
    signal,
  });
  assertAccounted(report, documents, target.sink.name);
  const index = target.generation.index;
  observer.stage({ stage: 'write', index, ms: performance.now() - started, items: documents.length });
  let deletes = 0;
  for (const document of documents) {
    context.versions.observe(document.version);
    if (document.body === null) deletes += 1;
  }
  observer.written({
    index,
    sink: target.sink.name,
    documents: report.accepted,
    deletes,
    conflicts: report.conflicts,
    source: origin,
  });
  if (report.highestHeld !== null) await checkHeld(target, report.highestHeld, context);
  await settleLetters(target, documents, report.rejected, observer);
  return report.rejected;
}

/** A sink that loses count may have lost a document: nothing of such a write is taken for durable. */
function assertAccounted(
  { accepted, conflicts, rejected }: WriteReport,
  documents: readonly Document[],
  sink: string,
): void {
  if (accepted + conflicts + rejected.length === documents.length) return;
  throw new SluiceError(
    'SLUICE_PLUGIN_NONCONFORMING',
    `sink "${sink}" was given ${documents.length} documents and reports ${accepted} accepted, ${conflicts} conflicts and ${rejected.length} rejected`,
    {
      hint: 'Whether every document arrived is unknown, so nothing was acknowledged. `sluice plugin verify` shows which promises the plugin breaks; tell its author.',
    },
  );
}

/** A conflict is success unless the version held is above everything the source has finished. */
async function checkHeld(target: Target, held: bigint, context: DeliveryContext): Promise<void> {
  const { epoch } = target.record;
  if (held <= encodeVersion(epoch, context.versions.latest)) return;
  const version = await context.builder.version();
  context.versions.observe(version);
  if (held > encodeVersion(epoch, version)) throw new EpochConflict(target, held);
}
