import type { DocumentKey, IndexPlan, TableName } from '../../contracts/index.ts';
import { isSluiceError, type SluiceError } from '../../errors/index.ts';
import { Signpost } from '../async.ts';
import type { RejectPolicy } from '../dead-letters/put-aside.ts';
import type { Target } from '../generations/target.ts';
import { buildWithPolicy, type DeliveryContext, deliver } from './delivery.ts';
import { type PendingKey, PendingKeys, type Urgency } from './pending-keys.ts';
import { nothingCaptured, type Ticket } from './ticket.ts';

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

/** Body text of one page, at most about: large documents come in small pages. */
const pageBytes = 4 * 2 ** 20;

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
  #stopped: SluiceError | null = null;
  /** The earliest ticket that the stopped lane missed: nothing after it is acknowledged either. */
  #kept: Ticket | null = null;
  #letGo = false;
  readonly #pages = new Set<Promise<void>>();
  #draining = false;
  #meanBytes = 0;

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

  /** The lane was stopped and keeps the source from letting go of what it missed. */
  get holdsBack(): boolean {
    return this.#kept !== null;
  }

  /** False once every generation of it was retired. */
  get serves(): boolean {
    return this.#targets.length > 0;
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
    this.#keepBack(this.#pending.clear());
    this.#room.changed();
    this.#work.changed();
    this.#onStop(this, error);
  }

  /** A ticket for something that a stopped lane cannot do. */
  keepBack(ticket: Ticket): void {
    // A scan is not acknowledged: a ticket of one must not stand for the changes that came after it.
    if (ticket.group === nothingCaptured) return;
    if (this.#letGo || (this.#kept !== null && this.#kept.sequence <= ticket.sequence)) return;
    const later = this.#kept;
    ticket.keep();
    this.#kept = ticket;
    later?.letGo();
  }

  /** The gap is on record: what was kept back may be acknowledged now and later. */
  letGo(): void {
    this.#letGo = true;
    this.#kept?.letGo();
    this.#kept = null;
  }

  /** Resolves when the pages being built or written now are durable or given up. */
  async pagesInFlight(): Promise<void> {
    await Promise.allSettled(this.#pages);
  }

  #keepBack(entries: readonly PendingKey[]): void {
    for (const { tickets } of entries) {
      for (const ticket of tickets) {
        this.keepBack(ticket);
        ticket.release();
      }
    }
  }

  async #worker(context: DeliveryContext): Promise<void> {
    for (;;) {
      let page = this.#pending.take(0);
      await this.#work.until(() => {
        if (this.#draining || this.#stopped !== null) return true;
        page = this.#pending.take(this.#pageSize());
        return page.length > 0;
      }, context.signal);
      if (page.length === 0) return;
      this.#room.changed();
      const written = this.#writePage(page, context);
      const settled = written.catch(() => undefined).finally(() => this.#pages.delete(settled));
      this.#pages.add(settled);
      await written;
      if (this.#stopped !== null) return;
      this.#work.changed();
    }
  }

  async #writePage(page: readonly PendingKey[], context: DeliveryContext): Promise<void> {
    try {
      await this.#write(
        page.map(({ key }) => key),
        context,
      );
    } catch (error) {
      if (!stopsTheIndex(error)) throw error;
      this.stop(error);
      this.#keepBack(page);
      return;
    }
    this.#pending.finish(page);
  }

  /** Documents that fit a page, as large as the last ones were. */
  #pageSize(): number {
    const fits = Math.floor(pageBytes / Math.max(1, this.#meanBytes));
    return Math.max(1, Math.min(this.#limits.pageSize, fits));
  }

  async #write(keys: readonly DocumentKey[], context: DeliveryContext): Promise<void> {
    const { plan, policy } = this;
    if (!this.serves) return;
    const started = performance.now();
    const built = await buildWithPolicy(policy, (onUnbuildable) =>
      context.builder.build(plan, keys, onUnbuildable),
    );
    const { documents } = built;
    const bytes = documents.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
    this.#meanBytes = Math.max(bytes / Math.max(1, documents.length), this.#meanBytes / 2);
    context.observer.stage({
      stage: 'build',
      index: this.index,
      ms: performance.now() - started,
      items: keys.length,
    });
    await Promise.all(
      this.#targets.map((target) => deliver({ target, plan, policy, ...built, origin: 'live' }, context)),
    );
  }
}

/** Whether an error stops one index and leaves the others going. */
export function stopsTheIndex(error: unknown): error is SluiceError {
  return stoppingCodes.some((code) => isSluiceError(error, code));
}

const stoppingCodes = ['SLUICE_SINK_REJECTED', 'SLUICE_SOURCE_DRIFT', 'SLUICE_DOCUMENT_UNBUILDABLE'] as const;
