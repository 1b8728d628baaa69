import { contentHash } from '../../canonical-json.ts';
import type { IndexPlan } from '../../contracts/index.ts';
import type { SluiceError } from '../../errors/index.ts';
import { schemaContent } from '../../schema-content.ts';
import { Lane } from '../delivery/lane.ts';
import type { RunState } from '../run/run-state.ts';
import type { PlannedTarget } from '../run/session-opening.ts';
import { leaveBehind } from '../run/upkeep.ts';
import type { ScanContext } from '../scans/scan.ts';
import { ScanRequests } from '../scans/scan-requests.ts';
import { changeControl } from './control-requests.ts';
import { type IndexControl, promotedIn, sameGeneration } from './index-control.ts';
import type { Target, TargetSink } from './target.ts';

/** Keys waiting in a lane: enough to merge the children of one parent, small enough for memory. */
const pendingKeys = { urgent: 50_000, bulk: 10_000 };

export interface LivingOptions {
  readonly run: RunState;
  readonly planned: readonly PlannedTarget[];
  readonly context: ScanContext;
  /** Resolves when everything visible now has reached the sinks. */
  readonly barrier: () => Promise<void>;
  readonly onStop: (lane: Lane, error: SluiceError) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The generations that a session keeps in step, with what writes and scans each. One may join while the
 * session goes on: a change whose group was resolved before is visible by then, so the scan that follows
 * sees it; any other change reaches the new lane. So nothing else has to wait for it.
 */
export class LivingGenerations {
  readonly #options: LivingOptions;
  readonly #lanes: Lane[];
  readonly #scans = new Map<Target, ScanRequests>();
  #planned: readonly PlannedTarget[];
  readonly #joined: Promise<void>[] = [];

  constructor(options: LivingOptions) {
    this.#options = options;
    this.#planned = options.planned;
    this.#lanes = this.#makeLanes(options.planned);
    for (const lane of this.#lanes) this.#prepareScans(lane);
  }

  /** Grows where a generation joins. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Those that receive changes. */
  get targets(): readonly Target[] {
    return this.#lanes.flatMap(({ targets }) => targets);
  }

  /** Frozen ones, too. */
  get planned(): readonly PlannedTarget[] {
    return this.#planned;
  }

  ofIndex(sink: TargetSink, index: string): readonly PlannedTarget[] {
    return this.#planned.filter(({ target }) => target.sink === sink && target.generation.index === index);
  }

  /** Resolves when every lane that joined has come to its end. */
  get joinedEnded(): Promise<unknown> {
    return Promise.allSettled(this.#joined);
  }

  scansOf(target: Target): ScanRequests {
    const scans = this.#scans.get(target);
    if (scans === undefined) throw new Error(`${target.id} has no scans`);
    return scans;
  }

  startScans(): void {
    for (const scans of this.#scans.values()) scans.start();
  }

  async scansIdle(): Promise<void> {
    await Promise.all([...this.#scans.values()].map((scans) => scans.idle()));
  }

  /** From here on the generation receives every change. Its record says already what it follows. */
  join(target: Target, plan: IndexPlan): void {
    const { context, onFailure } = this.#options;
    const [lane] = this.#makeLanes([{ target, plan }]);
    if (lane === undefined) throw new Error('a plan makes a lane');
    this.#planned = [...this.#planned, { target, plan }];
    this.#prepareScans(lane);
    this.#lanes.push(lane);
    const ended = lane.run(context);
    ended.catch(onFailure);
    this.#joined.push(ended);
  }

  /** From here on this generation is to be searched; what was to be until now is a former one. */
  async elect(target: Target): Promise<void> {
    for (const { target: other } of this.ofIndex(target.sink, target.generation.index)) {
      other.wanted = other === target;
      other.awaitsPromotion = false;
    }
    for (const lane of this.#lanes) {
      const { stopped, targets } = lane;
      if (lane.index !== target.generation.index || targets.some(({ wanted }) => wanted)) continue;
      // Nobody mends a former generation: it must not hold back the source until somebody does.
      if (stopped !== null) await leaveBehind(lane, stopped);
    }
  }

  /** Users search it from here on, or do so already; other generations go, but for one that is kept. */
  async promote(target: Target): Promise<void> {
    const { generation, sink } = target;
    const { options, observer, stopped } = this.#options.run;
    const { generations: store, records } = sink.sink;
    let control: IndexControl | null = null;
    if (store !== undefined) {
      const before = await store.promoted(generation.index);
      // Whoever was halted since it made this plan must not act on it.
      if (!sameGeneration(before, generation)) await target.confirm();
      await store.promote(generation);
      target.awaitsPromotion = false;
      observer.promoted({ index: generation.index, sink: sink.name, generation: generation.number });
      if (records !== undefined) {
        const index = options.indexes.find(({ schema }) => schema.index === generation.index);
        const how = { before, keepFormer: index?.keepFormer ?? false };
        control = await changeControl(records, generation.index, (held) => promotedIn(held, generation, how));
      }
    }
    await this.dropUnkept(sink, generation.index, control);
    const wanted = this.#lanes.filter(
      ({ index, targets }) => index === generation.index && targets.some((each) => each.wanted),
    );
    if (wanted.every((lane) => lane.stopped === null)) stopped.delete(generation.index);
  }

  /** Drops former generations that are not kept for a rollback. */
  async dropUnkept(sink: TargetSink, index: string, control: IndexControl | null): Promise<void> {
    for (const { target } of this.ofIndex(sink, index)) {
      if (target.wanted || sameGeneration(control?.kept ?? null, target.generation)) continue;
      await this.#drop(target);
    }
  }

  /** Drops what was being built, and is not wanted any more. */
  async dropUnfinished(sink: TargetSink, index: string): Promise<void> {
    for (const { target } of this.ofIndex(sink, index)) {
      if (!target.wanted && !target.record.seeded) await this.#drop(target);
    }
  }

  async #drop(target: Target): Promise<void> {
    for (const lane of this.#lanes) lane.retire(target);
    await this.#scans.get(target)?.idle();
    await target.drop();
    this.#scans.delete(target);
    this.#planned = this.#planned.filter((each) => each.target !== target);
  }

  /**
   * One lane for each plan; a sink that cannot compare versions has one of its own, and so has a former
   * generation: what it rejects must not stop the one that takes over.
   */
  #makeLanes(planned: readonly PlannedTarget[]): Lane[] {
    const { options, tuning } = this.#options.run;
    const groups = new Map<string, { readonly plan: IndexPlan; readonly targets: Target[] }>();
    for (const { target, plan } of planned) {
      if (plan === null) continue;
      const alone = target.sink.sink.ordering === 'in-order' ? target.sink.name : null;
      const key = contentHash([plan.schema.index, schemaContent(plan.schema), target.wanted, alone]);
      const group = groups.get(key) ?? { plan, targets: [] };
      group.targets.push(target);
      groups.set(key, group);
    }
    return [...groups.values()].map(({ plan, targets }) => {
      const index = options.indexes.find(({ schema }) => schema.index === plan.schema.index);
      return new Lane({
        plan,
        targets,
        policy: index?.onReject ?? 'stop',
        limits: { pageSize: tuning.pageSize, workers: tuning.workers, pending: pendingKeys },
        onStop: this.#options.onStop,
      });
    });
  }

  #prepareScans(lane: Lane): void {
    const { context, barrier, onFailure } = this.#options;
    for (const target of lane.targets) {
      const seed = () => this.#seed(target);
      this.#scans.set(target, new ScanRequests({ lane, target, context, barrier, seed, onFailure }));
    }
  }

  /** It has everything: what users search moves to it, and former generations go. */
  async #seed(target: Target): Promise<void> {
    const { generation, sink } = target;
    try {
      await sink.sink.generations?.endBackfill(generation);
      await target.update((record) => (record.seeded ? record : { ...record, seeded: true }));
      if (target.wanted && target.record.seeded && !target.missed) await this.promote(target);
    } catch (error) {
      if (!target.leaveOut(error)) throw error;
    }
  }
}
