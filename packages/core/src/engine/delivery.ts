import type {
  Document,
  DocumentBuilder,
  IndexPlan,
  Observer,
  RejectedDocument,
  WriteReport,
} from '../contracts/index.ts';
import { isSluiceError, SluiceError } from '../errors/index.ts';
import { encodeVersion } from '../version.ts';
import { abortable, delay } from './async.ts';
import { nextDelay } from './backoff.ts';
import type { Target } from './target.ts';

/** A body older than this is not sent: its keys are built again, so that it says the present. */
const staleAfterMs = 20_000;

export type RejectPolicy = 'stop' | 'skip';

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
  readonly origin: 'live' | 'scan';
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
 * a sink that is merely down or busy; never sends a body twice: after a failure of unknown fate the
 * keys are built again. Throws SLUICE_SINK_REJECTED under the policy `stop`.
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
  const { target, plan } = delivery;
  const { builder, signal } = context;
  const { health } = target.sink;
  let documents = delivery.documents;
  let builtAt = Date.now();
  let busy = 0;
  while (documents.length > 0) {
    await health.admit(signal);
    let retry: readonly RejectedDocument[];
    try {
      if (Date.now() - builtAt > staleAfterMs) {
        documents = await builder.build(plan, documents);
        builtAt = Date.now();
      }
      retry = await writeInOrder({ ...delivery, documents }, context);
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
      builtAt = 0;
      continue;
    }
    health.succeeded();
    if (retry.length === 0) return;
    busy += 1;
    const delayMs = nextDelay(busy, Math.random(), { firstMs: 50, maxMs: 5_000 });
    const reason = new SluiceError(
      'SLUICE_SINK_UNAVAILABLE',
      `the sink was too busy for ${retry.length} documents: ${retry[0]?.reason ?? ''}`,
    );
    context.observer.retry({ what: 'sink', name: target.sink.name, attempt: busy, delayMs, error: reason });
    await delay(delayMs, signal);
    documents = await builder.build(
      plan,
      retry.map(({ document }) => document),
    );
    builtAt = Date.now();
  }
}

/** Returns what the sink was too busy for. */
async function writeInOrder(
  delivery: Delivery,
  context: DeliveryContext,
): Promise<readonly RejectedDocument[]> {
  const retry: RejectedDocument[] = [];
  for (const documents of removalsFirst(delivery.documents)) {
    retry.push(...(await writeOnce({ ...delivery, documents }, context)));
  }
  return retry;
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

async function writeOnce(delivery: Delivery, context: DeliveryContext): Promise<readonly RejectedDocument[]> {
  const { target, documents, origin, policy } = delivery;
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
  const retry = report.rejected.filter(({ retryable }) => retryable);
  for (const { document, reason, retryable } of report.rejected) {
    if (retryable) continue;
    observer.rejected({ index, sink: target.sink.name, id: document.id, reason, policy });
    if (policy === 'stop') throw rejection(target, document, reason);
  }
  return retry;
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

function rejection(target: Target, document: Document, reason: string): SluiceError {
  return new SluiceError(
    'SLUICE_SINK_REJECTED',
    `sink "${target.sink.name}" rejected document ${JSON.stringify(document.id)} of index "${target.generation.index}": ${reason}`,
    {
      hint: 'Mend the row or the schema and start again: nothing was acknowledged, so nothing is lost. With `on_reject: skip` such documents are left out and counted.',
    },
  );
}
