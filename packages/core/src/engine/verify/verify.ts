import type { DocumentBuilder, DocumentKey } from '../../contracts/index.ts';
import { mergeRequirements } from '../captures/readiness.ts';
import { VersionClock } from '../delivery/delivery.ts';
import { placeOf } from '../delivery/pending-keys.ts';
import { fanOut } from '../run/observers.ts';
import { type BarrierOutcome, BarrierWait } from './barrier-wait.ts';
import { type ChosenTarget, chooseTargets } from './choose-targets.ts';
import { allOrFirstError, type CompareContext, compareSink, compareSource, rangeRows } from './compare.ts';
import { Findings } from './findings.ts';
import { nameStale } from './name-stale.ts';
import { patiently } from './patience.ts';
import { type LeftDifference, mend, restartEpoch } from './repair.ts';
import { type Choice, chooseRanges } from './sample.ts';
import { settle } from './settle.ts';
import { SettleFailure, Suspects } from './suspects.ts';
import type {
  Difference,
  IndexProblem,
  Verification,
  VerifyOptions,
  VerifyResult,
} from './verify-options.ts';
import { generationGone, type VerifyTarget } from './verify-target.ts';

/** Suspected documents that are remembered before they are looked at. */
const mostSuspects = 10_000;

/**
 * Compares what sinks hold with what their source says, while both change: two passes over each
 * generation, one by the rows and one by what the sink lists, give suspects; those are looked at again,
 * beside the traffic, until they are known to be right or wrong.
 */
export async function verifySluice(options: VerifyOptions): Promise<VerifyResult> {
  const { chosen, skipped } = await chooseTargets(options);
  const verifications: Verification[] = [];
  for (const each of chosen) verifications.push(await new Verifying(each, options).run());
  return { verifications, skipped };
}

class Verifying {
  readonly #chosen: ChosenTarget;
  readonly #target: VerifyTarget;
  readonly #options: VerifyOptions;
  readonly #builder: DocumentBuilder;
  readonly #findings: Findings;
  readonly #barrier: BarrierWait;
  readonly #versions = new VersionClock();
  readonly #started = performance.now();
  #late = false;
  /** Nobody followed when something was to be waited for. */
  #nobody = false;
  #compared = 0;
  #listed = 0;
  #total = 0;

  constructor(chosen: ChosenTarget, options: VerifyOptions) {
    const { target } = chosen;
    this.#chosen = chosen;
    this.#target = target;
    this.#options = options;
    this.#builder = options.documents;
    this.#findings = new Findings(target);
    this.#barrier = new BarrierWait({
      read: () => patiently(() => target.reload(), options.signal),
      readAll: () => patiently(() => target.records(), options.signal),
      capture: options.capture,
      required: mergeRequirements(target.plan.tables),
      timeoutMs: options.timeoutMs,
      signal: options.signal,
    });
  }

  async run(): Promise<Verification> {
    const { exists } = this.#chosen;
    const { signal } = this.#options;
    const from = await patiently(() => this.#builder.version(), signal);
    const record = await patiently(() => this.#target.reload(), signal);
    if (record === null) throw generationGone(this.#target.label);
    const followed = await patiently(() => this.#barrier.followed(record), signal);
    const problems = await this.#problems(followed);
    const choice = exists ? await this.#compareAll() : null;
    if (exists) await this.#restartEpoch();
    const to = await patiently(() => this.#builder.version(), signal);
    const { sink, promoted } = this.#target;
    return {
      index: record.index,
      sink: sink.name,
      generation: record.number,
      hash: record.hash,
      promoted: promoted || problems.some(({ kind, repaired }) => kind === 'alias' && repaired),
      compared: this.#compared,
      listed: this.#listed,
      sample: choice === null || choice.share === 1 ? null : { share: choice.share, rows: choice.rows },
      from,
      to,
      epoch: this.#target.record.epoch,
      barrier: this.#barrier.position,
      followed: followed && !this.#nobody,
      problems,
      ...this.#findings.result(),
      notes: [...this.#chosen.notes, ...this.#notes(followed)],
      durationMs: Math.round(performance.now() - this.#started),
    };
  }

  #notes(followed: boolean): readonly string[] {
    const notes: string[] = [];
    if (!followed || this.#nobody) {
      notes.push('no process keeps it in step now: changes that it has not heard of count as differences');
    }
    if (this.#target.index.onReject === 'skip') {
      notes.push(
        'documents that the sink rejected (`on_reject: skip`) are on no list: they show as missing or different',
      );
    }
    const { doubtful } = this.#findings;
    if (doubtful > 0) {
      notes.push(
        `of the dead letters ${doubtful} may be from before their row was last written: \`--repair\` tries such documents as they are now`,
      );
    }
    return notes;
  }

  async #problems(followed: boolean): Promise<readonly IndexProblem[]> {
    const { alias, exists } = this.#chosen;
    if (!exists) {
      const who = followed ? 'the running process' : 'the next run';
      const message = `its physical index is gone from the sink; ${who} builds it again when it begins a session`;
      return [{ kind: 'index', message, repaired: false }];
    }
    if (alias === null) return [];
    if (!this.#options.repair) return [{ kind: 'alias', message: alias, repaired: false }];
    const { generations } = this.#target.sink.sink;
    // Compare-and-set first: whoever has another plan for the name hears of it.
    const open = await this.#target.change(fanOut([]), (record) => ({ ...record }));
    await generations?.promote(open.generation);
    return [{ kind: 'alias', message: alias, repaired: true }];
  }

  async #compareAll(): Promise<Choice> {
    const { signal, sample } = this.#options;
    const choice = await patiently(
      () => chooseRanges(this.#builder, this.#target.plan, sample, rangeRows),
      signal,
    );
    this.#total = Math.round(choice.rows * choice.share);
    const ending = new AbortController();
    const suspects = new Suspects(mostSuspects, async (keys) => {
      await this.#settle(keys);
    });
    const context: CompareContext = {
      target: this.#target,
      builder: this.#builder,
      suspects,
      signal: AbortSignal.any([signal, ending.signal]),
      chosen: () => choice.share === 1 || Math.random() < choice.share,
      onCompared: (documents) => this.#progress({ compared: documents }, suspects),
      onListed: (documents) => this.#progress({ listed: documents }, suspects),
      onUnbuildable: (row) => this.#findings.addUnbuildable(row),
      onRange: () => patiently(() => this.#findings.settleUnbuildable(), signal),
    };
    const orEnd = (pass: Promise<void>) =>
      pass.catch((error: unknown) => {
        ending.abort(error);
        throw error;
      });
    try {
      await allOrFirstError([orEnd(compareSource(choice.ranges, context)), orEnd(compareSink(context))]);
      await suspects.settle();
    } catch (error) {
      // A generation that was dropped fails in many ways; that it is gone is what there is to say.
      const cause = error instanceof SettleFailure ? error.cause : error;
      if (!signal.aborted && (await this.#target.reload().catch(() => undefined)) === null)
        throw generationGone(this.#target.label);
      throw cause;
    }
    return choice;
  }

  /** Resolves to what was wrong, whether or not it was mended. */
  async #settle(keys: readonly DocumentKey[]): Promise<readonly Difference[]> {
    const context = {
      target: this.#target,
      builder: this.#builder,
      signal: this.#options.signal,
      versions: this.#versions,
      barrier: () => this.#passBarrier(),
      whyLate: () => this.#barrier.stopped,
    };
    const { repair } = this.#options;
    const settled = await settle(keys, context);
    // A letter tells that a former state was refused. Whoever mends tries the present one, and asks then.
    const wrong = repair ? settled : await this.#findings.withoutExceptions(settled, context);
    const found = await nameStale(wrong, context);
    if (!repair || found.length === 0) {
      this.#findings.add(found);
      return found;
    }
    const left = await mend(found, context);
    this.#findings.addRepaired(without(found, left));
    this.#findings.add(
      await this.#findings.withoutExceptions(left.flatMap((each) => this.#notSkipped(each))),
    );
    return found;
  }

  /** What the sink refuses is left out under `skip`, as in a run. */
  #notSkipped({ rejected, ...difference }: LeftDifference): readonly Difference[] {
    if (rejected === undefined) return [difference];
    if (this.#target.index.onReject === 'skip') {
      this.#findings.addSkipped();
      return [];
    }
    return [{ ...difference, reason: `the sink rejects it: ${rejected}` }];
  }

  /** Whoever did not get there once is not waited for again: what remains is unsettled anyway. */
  async #passBarrier(): Promise<BarrierOutcome> {
    if (this.#late) return 'late';
    const outcome = await this.#barrier.pass();
    this.#late = outcome === 'late';
    this.#nobody ||= outcome === 'nobody';
    return outcome;
  }

  async #restartEpoch(): Promise<void> {
    const future = this.#findings.future;
    if (!this.#options.repair || future.length === 0) return;
    const highest = future.reduce<bigint>((top, { heldVersion }) => {
      return heldVersion !== null && heldVersion > top ? heldVersion : top;
    }, 0n);
    const outcome = await restartEpoch(this.#target, highest, this.#barrier, this.#options.signal);
    if (outcome === 'reconciled') {
      this.#findings.forgetFuture();
      const wrong = await this.#settle(future.map(({ key, id, routing }) => ({ key, id, routing })));
      const reason = 'the epoch was raised, and the whole index reconciled';
      this.#findings.addRepaired(without(future, wrong).map((each) => ({ ...each, reason })));
      return;
    }
    this.#findings.explainFuture(
      outcome === 'requested'
        ? 'the epoch is raised: the next `sluice run` reconciles the index'
        : 'no epoch is above this version: `sluice reindex` builds the index anew',
    );
  }

  #progress(more: { readonly compared?: number; readonly listed?: number }, suspects: Suspects): void {
    const { compared = 0, listed = 0 } = more;
    this.#compared += compared;
    this.#listed += listed;
    const { record, sink } = this.#target;
    this.#options.onProgress?.({
      index: record.index,
      sink: sink.name,
      generation: record.number,
      compared: this.#compared,
      total: Math.max(this.#total, this.#compared),
      listed: this.#listed,
      suspected: suspects.count,
    });
  }
}

/** Those at other places than these. */
function without(found: readonly Difference[], left: readonly Difference[]): readonly Difference[] {
  const places = new Set(left.map(placeOf));
  return found.filter((each) => !places.has(placeOf(each)));
}
