import type {
  CaptureRequirements,
  Change,
  ChangeBatch,
  ChangeCapture,
  DocumentBuilder,
  DocumentKey,
  Observer,
  Position,
  Queue,
} from '../../contracts/index.ts';
import { Signpost } from '../async.ts';
import type { Target } from '../generations/target.ts';
import type { ScanRequests } from '../scans/scan-requests.ts';
import { type Lane, stopsTheIndex, tableId } from './lane.ts';
import { type StreamPoint, summarize, Ticket, type TicketChange } from './ticket.ts';
import { Watermark } from './watermark.ts';

/** Changes merged into one group at most. */
const groupChanges = 10_000;
/** Groups that are not durable yet, at most: while a sink is down the rest waits in the queue and merges. */
const openGroups = 1_000;
/** A resolve that yields more keys than this goes on beside the stream, in the slow lane. */
const wideKeys = 20_000;
/** Wide resolves under way at once; the next one waits, and the stream with it. */
const wideResolves = 4;

export interface PipelineOptions {
  readonly capture: ChangeCapture;
  readonly builder: DocumentBuilder;
  readonly queue: Queue;
  readonly observer: Required<Observer>;
  readonly lanes: readonly Lane[];
  readonly scansOf: (target: Target) => ScanRequests;
}

/**
 * The way of a change: capture → queue → fence → resolve → lanes (build, write) → watermark.
 * Reading ahead, resolving and writing overlap; each is bounded, and the bound reaches back to the
 * source.
 */
export class Pipeline {
  readonly watermark = new Watermark();
  /** What the session goes on from: all before it was durable already. */
  start: Position | null = null;
  readonly #options: PipelineOptions;
  readonly #moved = new Signpost();
  readonly #wideDone = new Signpost();
  #wide = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** Fills the queue from the capture until `stop` aborts. */
  async read(required: CaptureRequirements, stop: AbortSignal): Promise<void> {
    const { capture, queue, observer } = this.#options;
    try {
      for await (const batch of capture.stream(required, stop)) {
        if (batch.changes.length > 0)
          observer.captured({ changes: batch.changes.length, bytes: batch.bytes });
        await queue.publish(batch, stop);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** Takes from the queue and hands keys to the lanes until `stop` aborts. */
  async work(stop: AbortSignal, signal: AbortSignal): Promise<void> {
    const waiting = AbortSignal.any([stop, signal]);
    try {
      for (;;) {
        await this.#moved.until(() => this.watermark.unfinished < openGroups, waiting);
        const batches = await this.#options.queue.take(groupChanges, waiting);
        if (batches === null) return;
        await this.#group(batches, signal);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** Resolves when everything visible in the source now is durable in the sinks, but for stopped indexes. */
  async barrier(signal: AbortSignal): Promise<void> {
    await this.#passed(() => this.watermark.reached, signal);
  }

  /** The same, of stopped indexes too: waits until they go on or are left behind. */
  async fullBarrier(signal: AbortSignal): Promise<void> {
    await this.#passed(() => this.watermark.point, signal);
  }

  /** Resolves when everything up to a position is durable in the sinks, but for stopped indexes. */
  async reaches(position: Position, signal: AbortSignal): Promise<void> {
    const { capture } = this.#options;
    const { start } = this;
    if (start !== null && capture.comparePositions(start, position) >= 0) return;
    await this.#until(() => this.watermark.reached, position, signal);
  }

  async #passed(how: () => StreamPoint | null, signal: AbortSignal): Promise<void> {
    await this.#until(how, await this.#options.capture.barrier(), signal);
  }

  async #until(how: () => StreamPoint | null, position: Position, signal: AbortSignal): Promise<void> {
    const { capture } = this.#options;
    await this.#moved.until(() => {
      const reached = how();
      return reached !== null && capture.comparePositions(reached.position, position) >= 0;
    }, signal);
  }

  async #group(batches: readonly ChangeBatch[], signal: AbortSignal): Promise<void> {
    const { builder, observer, lanes } = this.#options;
    const ticket = new Ticket(summarize(batches), (told, change) => this.#told(told, change));
    this.watermark.add(ticket);
    const changes = batches.flatMap((batch) => batch.changes);
    if (changes.length > 0) {
      const started = performance.now();
      const transactions = batches.flatMap((batch) => batch.transactions);
      await builder.fence(transactions, signal);
      observer.stage({
        stage: 'fence',
        index: null,
        ms: performance.now() - started,
        items: transactions.length,
      });
      const byTable = groupByTable(changes);
      await Promise.all(
        lanes.filter(({ serves }) => serves).map((lane) => this.#resolve(lane, byTable, ticket, signal)),
      );
    }
    ticket.release();
  }

  #told(ticket: Ticket, change: TicketChange): void {
    const { changes, committedAt } = ticket.group;
    if (changes > 0 && ticket.state === 'finished') {
      this.#options.observer.durable({ changes, committedAt, at: Date.now() });
    }
    this.watermark.advance(change);
    this.#moved.changed();
  }

  async #resolve(
    lane: Lane,
    byTable: ReadonlyMap<string, readonly Change[]>,
    ticket: Ticket,
    signal: AbortSignal,
  ): Promise<void> {
    const rows: Change[] = [];
    for (const table of lane.tables) {
      for (const change of byTable.get(table) ?? []) {
        if (change.operation === 'truncate' || change.operation === 'resync')
          await this.#rescan(lane, change, ticket);
        else rows.push(change);
      }
    }
    if (rows.length === 0) return;
    if (lane.stopped !== null) {
      lane.keepBack(ticket);
      return;
    }
    const started = performance.now();
    const pages = this.#options.builder.resolve(lane.plan, rows)[Symbol.asyncIterator]();
    const keys = await this.#stoppingLane(lane, ticket, () =>
      addPages(lane, pages, ticket, wideKeys, signal),
    );
    this.#options.observer.stage({
      stage: 'resolve',
      index: lane.index,
      ms: performance.now() - started,
      items: rows.length,
    });
    if (keys < wideKeys) return;
    await this.#wideDone.until(() => this.#wide < wideResolves, signal);
    this.#wide += 1;
    ticket.hold();
    const rest = this.#stoppingLane(lane, ticket, () =>
      addPages(lane, pages, ticket, Number.POSITIVE_INFINITY, signal),
    );
    this.#background(
      rest
        .then(() => ticket.release())
        .finally(() => {
          this.#wide -= 1;
          this.#wideDone.changed();
        }),
    );
  }

  /** A truncated root loses its documents; any other table emptied or unknown means a full reconcile. */
  async #rescan(lane: Lane, change: Change, ticket: Ticket): Promise<void> {
    const { schema } = lane.plan;
    const uses = lane.plan.tables.find(({ table }) => tableId(table) === tableId(change.table))?.uses ?? [];
    const onlyRoot =
      tableId(schema.table) === tableId(change.table) && uses.every(({ role }) => role === 'root');
    const depth = change.operation === 'truncate' && onlyRoot ? 'removal' : 'full';
    const reason = change.reason ?? `${change.table.schema}.${change.table.name} was truncated`;
    for (const target of lane.targets) {
      ticket.hold();
      this.#background(
        this.#options
          .scansOf(target)
          .request(depth, reason)
          .then(() => ticket.release()),
      );
    }
  }

  async #stoppingLane(lane: Lane, ticket: Ticket, task: () => Promise<number>): Promise<number> {
    try {
      return await task();
    } catch (error) {
      if (!stopsTheIndex(error)) throw error;
      lane.stop(error);
      lane.keepBack(ticket);
      return 0;
    }
  }

  readonly #failures = new AbortController();

  /** Rejects when something that runs beside the stream fails. */
  failed(signal: AbortSignal): Promise<never> {
    const either = AbortSignal.any([signal, this.#failures.signal]);
    return new Promise((_resolve, reject) => {
      if (either.aborted) reject(either.reason);
      else either.addEventListener('abort', () => reject(either.reason), { once: true });
    });
  }

  fail(error: unknown): void {
    this.#failures.abort(error);
  }

  #background(task: Promise<void>): void {
    task.catch((error: unknown) => this.fail(error));
  }
}

function groupByTable(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const byTable = new Map<string, Change[]>();
  for (const change of changes) {
    const table = tableId(change.table);
    const list = byTable.get(table);
    if (list === undefined) byTable.set(table, [change]);
    else list.push(change);
  }
  return byTable;
}

/** Adds pages until the source of pages ends or `enough` keys came. Returns how many came. */
async function addPages(
  lane: Lane,
  pages: AsyncIterator<readonly DocumentKey[]>,
  ticket: Ticket,
  enough: number,
  signal: AbortSignal,
): Promise<number> {
  let keys = 0;
  const urgency = enough === Number.POSITIVE_INFINITY ? 'bulk' : 'urgent';
  while (keys < enough) {
    const page = await pages.next();
    if (page.done === true) return keys < enough ? keys : 0;
    keys += page.value.length;
    await lane.add(page.value, ticket, urgency, signal);
  }
  return keys;
}
