import type { Lane } from '../delivery/lane.ts';
import type { ScanDepth } from '../generations/generation-record.ts';
import { type Target, withRequest } from '../generations/target.ts';
import { removeAbsent, type ScanContext, scanSource, takesDocuments } from './scan.ts';

export interface ScanRequestsOptions {
  readonly lane: Lane;
  readonly target: Target;
  readonly context: ScanContext;
  /** Resolves when everything visible now has reached the sinks. */
  readonly barrier: () => Promise<void>;
  /** Runs when the generation is complete for the first time, and when it is to take over from another. */
  readonly seed: (target: Target) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The scans of one generation, one at a time. What is asked for is put on record first: from then
 * on the change that led to it may be acknowledged, since a restart would scan as well. Requests
 * made while one waits to start are served by it; one that runs may have passed the rows in
 * question, so another follows it.
 */
export class ScanRequests {
  readonly #options: ScanRequestsOptions;
  #working: Promise<void> | null = null;
  #failed = false;
  #requests = 0;

  constructor(options: ScanRequestsOptions) {
    this.#options = options;
  }

  /** Resolves when the request can no longer be lost. */
  async request(depth: ScanDepth, reason: string): Promise<void> {
    const { target } = this.#options;
    this.#requests += 1;
    await target.update((record) => withRequest(record, { depth, reason }));
    this.start();
    // Without a record only the finished scan is safe.
    if (!remembers(target)) await this.idle();
  }

  /** Goes on with whatever the record tells of. */
  start(): void {
    if (this.#working !== null || !this.#open) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#options.onFailure(error);
      })
      .finally(() => {
        this.#working = null;
        // What was asked for while the work was coming to its end found it still there.
        this.start();
      });
  }

  /** Resolves when nothing is left to scan, or nothing can be scanned now. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** Something is left to do, and what is written arrives. */
  get #open(): boolean {
    const { lane, target } = this.#options;
    const { scan, requested, seeded } = target.record;
    const due = scan !== null || requested !== null || !seeded || target.awaitsPromotion;
    return !this.#failed && takesDocuments(lane, target) && due;
  }

  async #work(): Promise<void> {
    const { target } = this.#options;
    while (this.#open) {
      const { scan, requested } = target.record;
      if (scan !== null) await this.#finishScan();
      else if (requested !== null) await this.#begin(requested.depth);
      else await this.#seed();
    }
  }

  async #seed(): Promise<void> {
    const { lane, target, barrier, seed } = this.#options;
    // Without a record there is nothing to search, and a change that waits for its scan would hold up the barrier.
    if (remembers(target)) await barrier();
    // What was asked for while the barrier was under way comes first: readers must not see its gap.
    if (target.record.requested === null && takesDocuments(lane, target)) await seed(target);
  }

  async #begin(depth: ScanDepth): Promise<void> {
    const { lane, target, context } = this.#options;
    if (depth === 'removal') {
      const before = this.#requests;
      const outcome = await removeAbsent(lane, target, context);
      if (outcome !== 'complete' || before !== this.#requests) return;
      await target.update((record) => ({ ...record, requested: null }));
      return;
    }
    await target.update((record) => ({
      ...record,
      scan: {
        kind: 'reconcile',
        reason: record.requested?.reason ?? null,
        boundaries: null,
        finished: [],
        rows: 0,
      },
      requested: null,
    }));
  }

  async #finishScan(): Promise<void> {
    const { lane, target, context } = this.#options;
    if ((await scanSource(lane, target, context)) !== 'complete') return;
    const { scan } = target.record;
    // Without boundaries it is another one, which was put on record meanwhile.
    if (scan === null || scan.boundaries === null) return;
    if (scan.kind === 'reconcile' && (await removeAbsent(lane, target, context)) !== 'complete') return;
    // Left behind meanwhile, it has another scan before it, and that mark must stay.
    await target.update((record) =>
      record.scan === scan ? { ...record, scan: null, behind: null } : record,
    );
    if (target.record.scan !== null) return;
    context.observer.backfill({
      index: target.generation.index,
      sink: target.sink.name,
      rows: scan.rows,
      total: scan.rows,
      done: true,
      kind: scan.kind,
    });
  }
}

function remembers({ sink }: Target): boolean {
  return sink.sink.records !== undefined;
}
