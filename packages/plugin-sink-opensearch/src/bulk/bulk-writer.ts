import { setTimeout as delay } from 'node:timers/promises';
import { type Document, isSluiceError, SluiceError, type WriteReport, type WriteRequest } from '@sluice/core';
import pLimit from 'p-limit';
import { type Cluster, type ClusterAnswer, path } from '../cluster/cluster.ts';
import { notAllowed, serverReason } from '../cluster/failure.ts';
import { physicalName, writeAlias } from '../indexes/names.ts';
import { readBulkAnswer } from './bulk-answer.ts';
import { bulkBody, bulkBytes, maxIdBytes } from './bulk-body.ts';
import { classifyItem } from './classify-item.ts';
import { withDeadline } from './deadline.ts';
import { faster, lighter, type Pace, retryDelay, slower } from './pace.ts';
import { halves, planBulks, type Span } from './plan-bulks.ts';
import { WriteTally } from './write-tally.ts';

export interface BulkWriterOptions {
  readonly prefix: string;
  readonly ceiling: Pace;
  /** How long OpenSearch may wait for a shard, in ms. */
  readonly timeout: number;
  readonly pipeline: string | undefined;
}

/** A body that has been on its way for longer is given up; its fate is then unknown. In ms. */
const flightLimit = 30_000;

/** A busy sink is asked again for this long with the same bodies, in ms; then they are built anew. */
const patience = 10_000;

/** One write under way. */
interface Write {
  readonly request: WriteRequest;
  readonly physical: string;
  readonly tally: WriteTally;
  readonly startedAt: number;
  /** How many bulks had been lost by then. */
  readonly lostBefore: number;
  /** The first failure: what is on its way is awaited, nothing more is sent. */
  failure: { readonly error: unknown } | null;
}

/**
 * Writes documents in bulks. All writes of a sink share the bulks in flight and their pace: it drops
 * by half when OpenSearch says that it is too much, and comes back slowly.
 *
 * A body is sent again only where the answer shows that none of it was processed (a 429, 413 or 400
 * for the whole request). After anything else (connection lost, timeout, 5xx) its fate is unknown
 * and the write fails with `SLUICE_SINK_UNAVAILABLE`: a second copy, arriving late, could undo a
 * newer delete whose tombstone is gone. Nor are bodies sent any more that waited here while another
 * bulk was lost: the node may have restarted in between.
 */
export class BulkWriter {
  readonly #cluster: Cluster;
  readonly #options: BulkWriterOptions;
  readonly #limit;
  #pace: Pace;
  #requestLimit = Number.POSITIVE_INFINITY;
  /** Bulks of unknown fate. */
  #lost = 0;

  constructor(cluster: Cluster, options: BulkWriterOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#pace = options.ceiling;
    this.#limit = pLimit(options.ceiling.concurrency);
  }

  /** Settles when every bulk that was sent has been answered, or given up. */
  async write(request: WriteRequest): Promise<WriteReport> {
    const write: Write = {
      request,
      physical: physicalName(this.#options.prefix, request.generation),
      tally: new WriteTally(),
      startedAt: Date.now(),
      lostBefore: this.#lost,
      failure: null,
    };
    const documents = sendable(request.documents, write.tally);
    const bulks = this.#plan(documents, { from: 0, to: documents.length });
    await Promise.all(bulks.map((bulk) => this.#limit(() => this.#sendAll(write, documents, bulk))));
    if (write.failure === null) return write.tally.report();
    this.#setPace(slower(this.#pace));
    request.signal.throwIfAborted();
    throw write.failure.error;
  }

  /** The largest request that every node takes, in bytes: learned from the cluster. */
  limitRequests(bytes: number): void {
    this.#requestLimit = bytes;
  }

  #plan(documents: readonly Document[], span: Span): Span[] {
    const bytes = Math.min(this.#pace.bytes, this.#requestLimit);
    return planBulks(span, (n) => bulkBytes(at(documents, n)), { ...this.#pace, bytes });
  }

  /** Sends a part of the documents; a failure is left in the write. */
  async #sendAll(write: Write, documents: readonly Document[], span: Span): Promise<void> {
    try {
      await this.#sendParts(write, documents, span);
    } catch (error) {
      write.failure ??= { error };
    }
  }

  /** The part, cut and repeated as the answers ask for. */
  async #sendParts(write: Write, documents: readonly Document[], span: Span): Promise<void> {
    const waiting = [span];
    let refusals = 0;
    while (write.failure === null) {
      const bulk = waiting.shift();
      if (bulk === undefined) return;
      if (write.lostBefore !== this.#lost) {
        throw unavailable(`OpenSearch failed while documents waited to be written to ${write.physical}`);
      }
      const answer = await this.#post(write, documents, bulk);
      switch (answer.status) {
        case 429:
          this.#setPace(slower(this.#pace));
          refusals++;
          await this.#pause(write, refusals, answer);
          waiting.unshift(...this.#plan(documents, bulk));
          break;
        case 413:
        case 400:
          // One document spoils the whole request: too large in sum, or an id or line that
          // OpenSearch cannot read. None of it was processed.
          if (bulk.to - bulk.from === 1) {
            write.tally.reject(at(documents, bulk.from), wholeReason(answer), false);
            break;
          }
          if (answer.status === 413) this.#setPace(lighter(this.#pace, sizeOf(documents, bulk)));
          waiting.unshift(...halves(bulk));
          break;
        default:
          this.#settle(write, documents, bulk, answer);
      }
    }
  }

  async #post(write: Write, documents: readonly Document[], bulk: Span): Promise<ClusterAnswer> {
    const { physical, request } = write;
    const { timeout, pipeline } = this.#options;
    const ndjson = bulkBody(documents, bulk, request.epoch);
    // A node cuts the connection on a request that it finds too large, often before its 413 is read.
    if (ndjson.length > this.#requestLimit) return tooLarge;

    try {
      return await withDeadline(request.signal, flightLimit, (signal) =>
        this.#cluster.send({
          method: 'POST',
          path: path(writeAlias(physical), '_bulk'),
          query: {
            filter_path: 'errors,items.*.status,items.*.error',
            timeout: `${timeout}ms`,
            ...(pipeline !== undefined && { pipeline }),
          },
          ndjson,
          purpose: `write to ${physical}`,
          expect: [400, 413, 429],
          signal,
        }),
      );
    } catch (error) {
      if (isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) this.#lost += 1;
      throw error;
    }
  }

  #settle(write: Write, documents: readonly Document[], bulk: Span, { body, status }: ClusterAnswer): void {
    const { tally } = write;
    const answer = readBulkAnswer(body, bulk.to - bulk.from);
    if (answer === null) {
      this.#lost += 1;
      throw unavailable(
        `What answers for ${write.physical} (HTTP ${status}) did not answer as OpenSearch does`,
      );
    }
    let busy = false;
    if (answer.kind === 'all-accepted') {
      tally.accept(bulk.to - bulk.from);
    } else {
      answer.items.forEach((item, n) => {
        const outcome = classifyItem(item);
        switch (outcome.kind) {
          case 'accepted':
            tally.accept(1);
            break;
          case 'conflict':
            tally.conflict(outcome.held);
            break;
          case 'rejected':
            busy ||= outcome.retryable;
            tally.reject(at(documents, bulk.from + n), outcome.reason, outcome.retryable);
            break;
          case 'no-index':
            throw indexGone(write.physical, outcome.reason);
          case 'no-privilege':
            throw notAllowed(`write to ${write.physical}`, outcome.reason);
        }
      });
    }
    this.#setPace(busy ? slower(this.#pace) : faster(this.#pace, this.#options.ceiling));
  }

  /** Waits before the same bulk is offered again; throws when the write has waited for long enough. */
  async #pause(write: Write, refusals: number, answer: ClusterAnswer): Promise<void> {
    const now = Date.now();
    const wait = retryDelay(refusals, answer.headers['retry-after'], now, Math.random());
    if (now + wait - write.startedAt > patience) {
      throw unavailable(`OpenSearch is too busy for ${write.physical}: ${wholeReason(answer)}`);
    }
    await delay(wait, undefined, { signal: write.request.signal });
  }

  #setPace(pace: Pace): void {
    if (pace.concurrency !== this.#pace.concurrency) this.#limit.concurrency = pace.concurrency;
    this.#pace = pace;
  }
}

const tooLarge: ClusterAnswer = { status: 413, headers: {}, body: null };

/** Documents with an id that OpenSearch would refuse are rejected here: they would fail the whole bulk. */
function sendable(documents: readonly Document[], tally: WriteTally): readonly Document[] {
  if (!documents.some(hasBadId)) return documents;
  return documents.filter((document) => {
    if (!hasBadId(document)) return true;
    const reason = document.id === '' ? 'the id is empty' : `the id is longer than ${maxIdBytes} bytes`;
    tally.reject(document, reason, false);
    return false;
  });
}

function hasBadId({ id }: Document): boolean {
  return id === '' || (id.length * 3 > maxIdBytes && Buffer.byteLength(id) > maxIdBytes);
}

function sizeOf(documents: readonly Document[], { from, to }: Span): number {
  return documents.slice(from, to).reduce((sum, document) => sum + bulkBytes(document), 0);
}

function at(documents: readonly Document[], n: number): Document {
  const document = documents[n];
  if (document === undefined) throw new RangeError(`no document ${n}`);
  return document;
}

function wholeReason({ status, body }: ClusterAnswer): string {
  const said = serverReason(body);
  if (said !== null) return `${said.type}: ${said.reason}`;
  return status === 413 ? 'the document is larger than the cluster takes (HTTP 413)' : `HTTP ${status}`;
}

function unavailable(message: string): SluiceError {
  return new SluiceError('SLUICE_SINK_UNAVAILABLE', message);
}

function indexGone(physical: string, reason: string): SluiceError {
  return new SluiceError(
    'SLUICE_SINK_INDEX_GONE',
    `The index ${physical} is gone, or its alias ${writeAlias(physical)} (${reason})`,
    {
      hint: 'Something other than Sluice removed it. Sluice makes it again and fills it.',
    },
  );
}
