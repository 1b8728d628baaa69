import type { DocumentKey, IndexPlan, TableName } from '../contracts/index.ts';
import { isSluiceError, type SluiceError } from '../errors/index.ts';
import { Signpost } from './async.ts';
import { type DeliveryContext, deliver, type RejectPolicy } from './delivery.ts';
import { PendingKeys, type Urgency } from './pending-keys.ts';
import type { Target } from './target.ts';
import type { Ticket } from './ticket.ts';

export interface LaneLimits {
  /** Keys built in one statement at most. */
  readonly pageSize: number;
  /** Pages being built or written at once. */
  readonly workers: number;
  /** Keys waiting at most, of each urgency; a page that begins below it is let in whole. */
  readonly pending: Readonly<Record<Urgency, number>>;
}

export interface LaneOptions {
  readonly plan: IndexPlan;
  readonly policy: RejectPolicy;
  readonly targets: readonly Target[];
  readonly limits: LaneLimits;
  /** Called once when the index stops: a rejected document, or a table that no longer fits. */
  readonly onStop: (lane: Lane, error: SluiceError) => void;
}

export function tableId({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

/**
 * Builds and writes the documents of one plan, for every generation that has it. What is waiting
 * is taken by a few workers, so that one page is in the sink while the next is being built. A lane
 * that was stopped keeps the tickets it was given: nothing it missed is acknowledged.
 */
export class Lane {
  readonly plan: IndexPlan;
  readonly policy: RejectPolicy;
  readonly tables: ReadonlySet<string>;
  readonly #limits: LaneLimits;
  readonly #onStop: LaneOptions['onStop'];
  readonly #pending: PendingKeys;
  readonly #work = new Signpost();
  readonly #room = new Signpost();
  #targets: readonly Target[];
  readonly #stopping = new AbortController();
  #stopped: SluiceError | null = null;
  #heldBack: Ticket[] | null = [];
  #draining = false;

  constructor({ plan, policy, targets, limits, onStop }: LaneOptions) {
    this.plan = plan;
    this.policy = policy;
    this.tables = new Set(plan.tables.map(({ table }) => tableId(table)));
    this.#targets = targets;
    this.#limits = limits;
    this.#onStop = onStop;
    this.#pending = new PendingKeys({
      exclusive: targets.some(({ sink }) => sink.sink.ordering === 'in-order'),
    });
  }

  get index(): string {
    return this.plan.schema.index;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  get stopped(): SluiceError | null {
    return this.#stopped;
  }

  /** Resolves when the lane was stopped. */
  get whenStopped(): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Tickets that a stopped lane keeps from being acknowledged. */
  get heldBack(): number {
    return this.#heldBack?.length ?? 0;
  }

  /** The generation no longer receives changes. */
  retire(target: Target): void {
    target.retired = true;
    this.#targets = this.#targets.filter((each) => each !== target);
  }

  /** Waits for room, then has these documents built; the ticket is held until they are durable. */
  async add(
    keys: readonly DocumentKey[],
    ticket: Ticket,
    urgency: Urgency,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#room.until(
      () => this.#pending.count(urgency) < this.#limits.pending[urgency] || this.#stopped !== null,
      signal,
    );
    if (this.#stopped !== null) {
      this.keepBack(ticket);
      return;
    }
    for (const key of keys) this.#pending.add(key, ticket, urgency);
    this.#work.changed();
  }

  /** Works until `drain` was called or the signal aborts. Rejects when the source or a sink fails for good. */
  async run(context: DeliveryContext): Promise<void> {
    await Promise.all(Array.from({ length: this.#limits.workers }, () => this.#worker(context)));
  }

  /** Workers finish the page they hold and return; what waits stays unacknowledged. */
  drain(): void {
    this.#draining = true;
    this.#work.changed();
  }

  /** Stops this index alone; others go on. */
  stop(error: SluiceError): void {
    if (this.#stopped !== null) return;
    this.#stopped = error;
    this.#stopping.abort();
    this.#keep(this.#pending.clear().flatMap(({ tickets }) => tickets));
    this.#room.changed();
    this.#work.changed();
    this.#onStop(this, error);
  }

  /** A ticket for something that a stopped lane cannot do. */
  keepBack(ticket: Ticket): void {
    if (this.#heldBack === null || this.#heldBack.at(-1) === ticket) return;
    ticket.hold();
    this.#heldBack.push(ticket);
  }

  /** The gap is on record: what was held back may be acknowledged now and later. */
  letGo(): void {
    const tickets = this.#heldBack ?? [];
    this.#heldBack = null;
    for (const ticket of tickets) ticket.release();
  }

  /** Takes over holds that tickets already have. */
  #keep(tickets: readonly Ticket[]): void {
    if (this.#heldBack === null) for (const ticket of tickets) ticket.release();
    else for (const ticket of tickets) this.#heldBack.push(ticket);
  }

  async #worker(context: DeliveryContext): Promise<void> {
    for (;;) {
      let page = this.#pending.take(0);
      await this.#work.until(() => {
        if (this.#draining || this.#stopped !== null) return true;
        page = this.#pending.take(this.#limits.pageSize);
        return page.length > 0;
      }, context.signal);
      if (page.length === 0) return;
      this.#room.changed();
      try {
        await this.#write(
          page.map(({ key }) => key),
          context,
        );
      } catch (error) {
        if (!stopsTheIndex(error)) throw error;
        this.stop(error);
        this.#keep(page.flatMap(({ tickets }) => tickets));
        return;
      }
      this.#pending.finish(page);
      this.#work.changed();
    }
  }

  async #write(keys: readonly DocumentKey[], context: DeliveryContext): Promise<void> {
    const { plan, policy } = this;
    const started = performance.now();
    const documents = await context.builder.build(plan, keys);
    context.observer.stage({
      stage: 'build',
      index: this.index,
      ms: performance.now() - started,
      items: keys.length,
    });
    await Promise.all(
      this.#targets.map((target) => deliver({ target, plan, policy, documents, origin: 'live' }, context)),
    );
  }
}

/** Whether an error stops one index and leaves the others going. */
export function stopsTheIndex(error: unknown): error is SluiceError {
  return isSluiceError(error, 'SLUICE_SINK_REJECTED') || isSluiceError(error, 'SLUICE_SOURCE_DRIFT');
}
