import { setMaxListeners } from 'node:events';
import type { CaptureRequirements } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { Semaphore, settledWithin } from '../async.ts';
import { unfollowing } from '../captures/capture-record.ts';
import { makeReady, mergeRequirements } from '../captures/readiness.ts';
import { retireCaptures } from '../captures/retire-captures.ts';
import { switchCapture } from '../captures/switch-capture.ts';
import { loadDeadLetters, watchDeadLetters } from '../dead-letters/watch-dead-letters.ts';
import type { Lane } from '../delivery/lane.ts';
import { Pipeline } from '../delivery/pipeline.ts';
import { PositionKeeper } from '../delivery/position-keeper.ts';
import { sameGeneration } from '../generations/index-control.ts';
import { LivingGenerations } from '../generations/living-generations.ts';
import { settleRecords } from '../generations/record-settlement.ts';
import { watchRequests } from '../generations/request-watch.ts';
import type { Target } from '../generations/target.ts';
import { watchSearched } from '../generations/watch-searched.ts';
import { type ScanContext, takesDocuments } from '../scans/scan.ts';
import { removesCapture } from './run-options.ts';
import type { RunState } from './run-state.ts';
import { sessionControl } from './session-control.ts';
import { type OpenedSession, openSession } from './session-opening.ts';
import { leaveBehind, repeat, type UpkeepContext, watchCatalog, watchHolds, watchSinks } from './upkeep.ts';

/** Work in flight is given this long when the run is told to stop. */
const drainMs = 10_000;
/** A sink that is away keeps no run that stopped from ending. */
const tellStopMs = 2_000;

/**
 * One stretch of following the source, from the identity check to the first failure, stop or, with
 * `once`, the end. Whatever it had in flight comes again in the next session.
 */
export async function runSession(run: RunState): Promise<'complete' | 'stopped'> {
  run.stopped.clear();
  return new Session(run, await openSession(run)).follow();
}

/** What runs until the session ends. */
interface Work {
  /** Rejects with the first failure; never resolves before the end. */
  readonly failure: Promise<unknown>;
  /** Resolves when the lanes have come to their end. */
  readonly lanes: Promise<unknown>;
  /** Resolves when everything has. */
  readonly settled: Promise<unknown>;
  /** Resolves when what nobody follows any more is gone from the source, or stays there for now. */
  readonly retired: Promise<unknown>;
}

class Session {
  readonly #run: RunState;
  readonly #opened: OpenedSession;
  readonly #living: LivingGenerations;
  readonly #required: CaptureRequirements;
  /** Ends everything at once. */
  readonly #end = new AbortController();
  readonly #pipeline: Pipeline;
  readonly #keeper: PositionKeeper;
  readonly #context: ScanContext;

  constructor(run: RunState, opened: OpenedSession) {
    const { options, observer, tuning, holder, versions } = run;
    // Every worker of every lane waits on it: more than the ten that Node takes for a leak.
    setMaxListeners(0, this.#end.signal);
    this.#run = run;
    this.#opened = opened;
    this.#context = {
      builder: options.documents,
      observer,
      versions,
      signal: this.#end.signal,
      pageSize: tuning.pageSize,
      workers: tuning.scanWorkers,
      slots: new Semaphore(tuning.scanWorkers * 2),
    };
    this.#living = new LivingGenerations({
      run,
      planned: opened.planned,
      context: this.#context,
      barrier: () => this.#pipeline.barrier(this.#end.signal),
      onStop: (lane, error) => this.#laneStopped(lane, error),
      onFailure: (error) => this.#pipeline.fail(error),
    });
    this.#required = mergeRequirements(this.#lanes.flatMap(({ plan }) => plan.tables));
    this.#pipeline = new Pipeline({
      capture: opened.captures.follow.capture,
      builder: options.documents,
      queue: options.queue,
      observer,
      lanes: this.#lanes,
      scansOf: (target) => this.#living.scansOf(target),
    });
    this.#keeper = new PositionKeeper({
      capture: opened.captures.follow.capture,
      watermark: this.#pipeline.watermark,
      targets: () => this.#living.targets,
      versions,
      observer,
      holder,
    });
  }

  get #lanes(): readonly Lane[] {
    return this.#living.lanes;
  }

  async follow(): Promise<'complete' | 'stopped'> {
    const { options, observer, onLive } = this.#run;
    const stop = options.signal;
    observer.phase('provisioning');
    const { created, gaps } = await makeReady({
      capture: this.#opened.captures.follow,
      required: this.#required,
      lanes: this.#lanes,
      provision: options.provision ?? true,
      others: this.#otherCaptures(),
      observer,
      signal: stop,
    });
    await this.#settleRecords(created);
    await loadDeadLetters(this.#living.targets, observer);
    await this.#emptyQueue();
    onLive();
    const work = this.#start(gaps);
    this.#run.present.set(
      sessionControl({
        run: this.#run,
        capture: this.#opened.captures.follow.capture,
        pipeline: this.#pipeline,
        living: this.#living,
        signal: this.#end.signal,
      }),
    );
    const ending = AbortSignal.any([stop, this.#end.signal]);
    const goal = this.#reachLive()
      .then(() => this.#switch(ending))
      .then(() => (options.once === true ? this.#complete(work) : whenAborted(ending)));
    try {
      await Promise.race([work.failure, goal, whenAborted(ending)]);
      const outcome = stop.aborted ? 'stopped' : 'complete';
      await this.#drain(work);
      return outcome;
    } catch (error) {
      // That it stopped is to be seen when nobody runs any more, too.
      if (this.#lanes.some(({ stopped }) => stopped === error)) {
        await settledWithin(tellStopMs, this.#keeper.record(this.#end.signal));
      }
      this.#end.abort(error);
      throw error;
    } finally {
      this.#run.present.set(null);
      // The next session must not meet anything of this one: its stream, a late record, a late acknowledgement.
      await withDeadline(Promise.allSettled([work.settled, this.#living.joinedEnded, goal]));
    }
  }

  #otherCaptures(): readonly string[] {
    const { follow } = this.#opened.captures;
    const names = this.#run.options.capture.allowed.map(({ plugin }) => plugin.name);
    return names.filter((name) => name !== follow.plugin.name);
  }

  async #settleRecords(created: boolean): Promise<void> {
    const { options, observer } = this.#run;
    const { targets } = this.#living;
    const capture = this.#opened.captures.follow;
    this.#pipeline.start = await settleRecords(targets, { capture, created, run: options, observer });
    for (const target of targets) {
      if (!target.record.seeded || !target.wanted || target.missed) continue;
      try {
        await this.#takeOver(target);
      } catch (error) {
        if (!target.leaveOut(error)) throw error;
      }
    }
  }

  /** Complete: users search it, or will as soon as it is in step, where they search another one now. */
  async #takeOver(target: Target): Promise<void> {
    const { generation, sink } = target;
    const promoted = (await sink.sink.generations?.promoted(generation.index)) ?? null;
    if (promoted !== null && !sameGeneration(promoted, generation)) target.awaitsPromotion = true;
    else await this.#living.promote(target);
  }

  /** Batches of an earlier session come again from the capture. */
  async #emptyQueue(): Promise<void> {
    const { queue } = this.#run.options;
    while (queue.depth().batches > 0) await queue.take(Number.MAX_SAFE_INTEGER, this.#end.signal);
  }

  #start(gaps: boolean): Work {
    const { documents, signal: stop, indexes, once, provision, capture: choice } = this.#run.options;
    const { follow, retiring } = this.#opened.captures;
    const { signal } = this.#end;
    const reading = AbortSignal.any([stop, signal]);
    // As many as there are tasks, which is no leak.
    setMaxListeners(0, reading);
    const upkeep: UpkeepContext = {
      lanes: this.#lanes,
      capture: follow.capture,
      documents,
      observer: this.#run.observer,
      signal: reading,
      probeMs: this.#run.tuning.probeMs,
      rescan: (target) =>
        this.#living.scansOf(target).request('full', 'it did not take documents for a while'),
    };
    const lanes = this.#lanes.map((lane) => lane.run(this.#context));
    const retired = retireCaptures({
      choice,
      retiring,
      targets: this.#opened.planned.map(({ target }) => target),
      observer: this.#run.observer,
      signal: reading,
      patient: once !== true,
      provision: provision ?? true,
    });
    const tasks = [
      ...lanes,
      this.#read(reading),
      this.#pipeline.work(reading, signal),
      this.#keeper.run(signal),
      this.#pipeline.failed(signal),
      this.#leaveGapsBehind(gaps).then(() => watchSinks(this.#opened.absent, this.#run.returns, upkeep)),
      watchCatalog(upkeep),
      watchHolds(indexes, upkeep),
      watchDeadLetters(upkeep),
      this.#watchRequests(reading),
      watchSearched({ run: this.#run, living: this.#living, signal: reading }),
      this.#watchSafety(reading),
      this.#tellQueue(reading),
      retired,
    ];
    return {
      failure: Promise.all(tasks),
      lanes: Promise.allSettled(lanes),
      settled: Promise.allSettled(tasks),
      retired,
    };
  }

  async #watchSafety(signal: AbortSignal): Promise<void> {
    const { safety, captures } = this.#run;
    await safety?.run(captures, signal);
  }

  async #tellQueue(signal: AbortSignal): Promise<void> {
    const { options, observer, tuning } = this.#run;
    await repeat(tuning.safetyMs, signal, async () => {
      const { batches, bytes } = options.queue.depth();
      observer.queued({ batches, bytes, unfinished: this.#pipeline.watermark.unfinished });
    });
  }

  /**
   * What was not captured is on record where a sink answers. One that is left out finds it by its position,
   * which therefore has to be behind: something is acknowledged before it may come back.
   */
  async #leaveGapsBehind(gaps: boolean): Promise<void> {
    const leftOut = this.#opened.absent.length > 0 || this.#living.targets.some(({ missed }) => missed);
    if (!gaps || !leftOut) return;
    const { signal } = this.#end;
    await this.#pipeline.fullBarrier(signal);
    await this.#keeper.record(signal);
  }

  /** While another capture takes over nothing joins: the next session, which follows that one, looks again. */
  async #watchRequests(signal: AbortSignal): Promise<void> {
    const { captures, configured, source, absent } = this.#opened;
    if (this.#run.options.once === true || captures.switchTo !== null) return;
    await watchRequests({
      run: this.#run,
      living: this.#living,
      configured,
      source,
      capture: captures.follow,
      required: this.#required,
      absent,
      signal,
    });
  }

  async #read(reading: AbortSignal): Promise<void> {
    await this.#pipeline.read(this.#required, reading);
    if (!reading.aborted) throw new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'the capture ended its stream');
  }

  async #reachLive(): Promise<void> {
    const { options, observer } = this.#run;
    if (this.#living.targets.some(({ record }) => record.scan !== null || record.requested !== null)) {
      observer.phase('backfilling');
      const signal = AbortSignal.any([options.signal, this.#end.signal]);
      await this.#opened.captures.follow.capture.settled({
        signal,
        onWait: (message) => observer.info({ message }),
      });
    }
    this.#living.startScans();
    await this.#living.scansIdle();
    if (!options.signal.aborted && !this.#end.signal.aborted) observer.phase('live');
  }

  /** Ends the session once another capture has taken over. One that goes with the run is not even made. */
  async #switch(signal: AbortSignal): Promise<void> {
    const { follow, switchTo } = this.#opened.captures;
    if (switchTo === null || signal.aborted || removesCapture(this.#run.options)) return;
    const switching = switchCapture({
      from: follow,
      to: switchTo,
      required: this.#required,
      pipeline: this.#pipeline,
      keeper: this.#keeper,
      provision: this.#run.options.provision ?? true,
      targets: this.#living.targets,
      observer: this.#run.observer,
      signal,
    });
    await switching.catch((error: unknown) => {
      // Told to stop in the middle: what is on record says how to go on.
      if (!signal.aborted) throw error;
    });
  }

  /** With `once`: everything visible now is durable, and no scan is left. */
  async #complete(work: Work): Promise<void> {
    const { signal } = this.#end;
    do {
      await this.#pipeline.barrier(signal);
      await this.#living.scansIdle();
    } while (this.#lanes.some((lane) => lane.targets.some((target) => isScanOpen(lane, target))));
    await this.#keeper.record(signal);
    await work.retired;
    if (!removesCapture(this.#run.options)) return;
    for (const target of this.#living.targets) {
      await target.update((record) => ({ ...record, capture: unfollowing(record.capture) }));
    }
  }

  /** Finishes the pages in flight and records how far that came; what still waits comes again. */
  async #drain(work: Work): Promise<void> {
    this.#run.observer.phase('draining');
    for (const lane of this.#lanes) lane.drain();
    await withDeadline(Promise.all([work.lanes, this.#living.joinedEnded]));
    await withDeadline(this.#keeper.record(this.#end.signal).then(() => this.#keeper.release()));
    this.#end.abort(new Error('the session ended'));
  }

  #laneStopped(lane: Lane, error: SluiceError): void {
    const { observer, options, stopped } = this.#run;
    const { code, message, hint } = error;
    const wanted = lane.targets.some((target) => target.wanted);
    for (const target of lane.targets) target.stopped = error;
    const others = this.#lanes.filter((each) => each.targets.some((target) => target.wanted));
    if (wanted) stopped.set(lane.index, { index: lane.index, error });
    if (wanted && (options.once === true || others.every((each) => each.stopped !== null))) {
      this.#pipeline.fail(error);
      return;
    }
    // Who looks from outside need not wait for the next change to see it.
    this.#keeper.record(this.#end.signal).catch((failure: unknown) => this.#pipeline.fail(failure));
    // A former generation is on its way out: nobody waits for it, and nothing is kept back for it.
    if (!wanted) leaveBehind(lane, error).catch((failure: unknown) => this.#pipeline.fail(failure));
    const what = wanted ? 'index' : 'the former generation of index';
    const warning = {
      code,
      message: `${what} "${lane.index}" stopped, others go on: ${message}`,
      index: lane.index,
    };
    observer.warning(hint === undefined ? warning : { ...warning, hint });
  }
}

/** Something is left to scan, and can be scanned now. */
function isScanOpen(lane: Lane, target: Target): boolean {
  const { scan, requested } = target.record;
  return takesDocuments(lane, target) && (scan !== null || requested !== null);
}

/** A sink that hangs must not keep the process. */
function withDeadline(task: Promise<unknown>): Promise<void> {
  return settledWithin(drainMs, task);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
