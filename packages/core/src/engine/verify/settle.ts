import { createHash } from 'node:crypto';
import type { DocumentBuilder, DocumentKey, HeldBody } from '../../contracts/index.ts';
import { delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import { placeOf } from '../delivery/pending-keys.ts';
import type { BarrierOutcome } from './barrier-wait.ts';
import { canonicalText, parseExactJson } from './exact-json.ts';
import { type Expected, type Judged, judge, sameBody } from './judge.ts';
import { patiently } from './patience.ts';
import type { Difference } from './verify-options.ts';
import type { VerifyTarget } from './verify-target.ts';

/** Documents looked at together: each group waits for a barrier of its own. */
const groupLimits = { documents: 5_000, text: 16 * 2 ** 20 };
/** Keys built in one statement. */
const buildPage = 250;
/** Rounds, each with a barrier, until a document that keeps changing is given up. */
const rounds = 4;
const betweenRounds = { firstMs: 50, maxMs: 1_000 };
/** Documents that keep changing: so many are watched closely, for so many looks. */
const chase = { documents: 500, looks: 60, samples: 64, everyMs: 15 };

export interface SettleContext {
  readonly target: VerifyTarget;
  readonly builder: DocumentBuilder;
  readonly barrier: () => Promise<BarrierOutcome>;
  /** What the records say of why it was late; null: nothing. */
  readonly whyLate: () => string | null;
  readonly signal: AbortSignal;
}

/**
 * Of documents that seemed to differ, those that do. Sound beside live traffic, because of the order: the
 * row is read at N first, then everything visible at N is waited for in the sink, and then the sink is
 * read. What it holds then from a snapshot up to N must be what the row was at N; what it holds from a
 * later one says that the row changed meanwhile, so it is looked at again.
 */
export async function settle(
  keys: readonly DocumentKey[],
  context: SettleContext,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (let from = 0; from < keys.length; ) {
    const { expected, failed, taken } = await expectedGroup(keys.slice(from), context);
    found.push(...failed, ...(await settleGroup(expected, context)));
    from += taken;
  }
  return found;
}

interface Group {
  readonly expected: readonly Expected[];
  readonly failed: readonly Difference[];
  readonly taken: number;
}

/** What the first of these documents should be, as many as fit memory. */
async function expectedGroup(
  keys: readonly DocumentKey[],
  { builder, target, signal }: SettleContext,
): Promise<Group> {
  const expected: Expected[] = [];
  const failed: Difference[] = [];
  let taken = 0;
  let text = 0;
  while (taken < keys.length && taken < groupLimits.documents && text < groupLimits.text) {
    const page = keys.slice(taken, taken + buildPage);
    taken += page.length;
    const unbuildable = new Map<string, Difference>();
    const built = await patiently(() => {
      unbuildable.clear();
      return builder.build(target.plan, page, (row) => {
        unbuildable.set(placeOf(row), unbuildableDifference(row));
      });
    }, signal);
    // A row that only its routing moved gives a second document, at a place that nobody asked for.
    const byPlace = new Map(built.map((document) => [placeOf(document), document]));
    for (const key of page) {
      const document = byPlace.get(placeOf(key));
      const failure = unbuildable.get(placeOf(key));
      if (failure !== undefined) failed.push(failure);
      else if (document !== undefined) {
        expected.push({ key, version: document.version, body: document.body });
        text += document.body?.length ?? 0;
      }
    }
  }
  return { expected, failed, taken };
}

export function unbuildableDifference(row: DocumentKey & { version: bigint; reason: string }): Difference {
  const { key, id, routing, version, reason } = row;
  return { kind: 'unbuildable', key, id, routing, version, heldVersion: null, fields: [], reason };
}

async function settleGroup(
  expected: readonly Expected[],
  context: SettleContext,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  /** Bodies of documents that the sink did not have: a missing one must be missed twice. */
  const missed = new Map<string, string>();
  let open = expected;
  for (let round = 1; round <= rounds && open.length > 0; round += 1) {
    if (round > 1) {
      await delay(nextDelay(round - 1, Math.random(), betweenRounds), context.signal);
      const again = await expectedGroup(
        open.map(({ key }) => key),
        context,
      );
      found.push(...again.failed);
      open = again.expected;
    }
    // Most were only on their way: no need to wait for those.
    const first = await judgeAll(open, 'unknown', missed, context);
    found.push(...first.found);
    open = first.again;
    if (open.length === 0) break;
    const outcome = await context.barrier();
    if (outcome === 'late') {
      const reason = context.whyLate() ?? lateReason;
      return [...found, ...open.map((each) => unsettled(each, reason))];
    }
    const judged = await judgeAll(open, outcome, missed, context);
    found.push(...judged.found);
    open = judged.again;
  }
  if (open.length === 0) return found;
  return [...found, ...(await chaseChanging(open, context))];
}

const lateReason = 'the running process did not make durable in time what was committed before';
const changingReason = 'it changed again and again while it was compared';

function unsettled({ key, version }: Expected, reason: string): Difference {
  const { key: values, id, routing } = key;
  return { kind: 'unsettled', key: values, id, routing, version, heldVersion: null, fields: [], reason };
}

interface JudgedGroup {
  readonly found: readonly Difference[];
  readonly again: readonly Expected[];
}

async function judgeAll(
  expected: readonly Expected[],
  outcome: BarrierOutcome | 'unknown',
  missed: Map<string, string>,
  context: SettleContext,
): Promise<JudgedGroup> {
  const { target, builder, signal } = context;
  const held = await patiently(() => target.read(expected.map(({ key }) => key)), signal);
  const isAhead = held.some(
    (one, at) => one !== null && one.version > target.stored(expected[at]?.version ?? 0n),
  );
  // Read after the sink: what it holds above this was written by something else.
  const now = isAhead ? target.stored(await patiently(() => builder.version(), signal)) : null;
  const found: Difference[] = [];
  const again: Expected[] = [];
  for (const [at, each] of expected.entries()) {
    const place = placeOf(each.key);
    const judged: Judged = judge({
      expected: each,
      held: held[at] ?? null,
      limit: target.stored(each.version),
      now,
      outcome,
      missedBefore: missed.get(place) ?? null,
    });
    if (judged.verdict === 'different') found.push(judged.difference);
    else if (judged.verdict === 'again') {
      again.push(each);
      if (outcome !== 'unknown' && (held[at] ?? null) === null && each.body !== null)
        missed.set(place, each.body);
      else if (held[at] != null) missed.delete(place);
    }
  }
  return { found, again };
}

/**
 * Documents that change faster than a barrier passes. Rows and sink are read in turns: a document is in
 * step where the sink comes to hold, from a snapshot not older, what one of these looks saw of the row.
 */
async function chaseChanging(
  open: readonly Expected[],
  context: SettleContext,
): Promise<readonly Difference[]> {
  const { target, signal } = context;
  const given = open.slice(chase.documents).map((each) => unsettled(each, changingReason));
  let left: readonly Expected[] = open.slice(0, chase.documents);
  const seen = new Map<string, { readonly version: bigint; readonly digest: string | null }[]>();
  for (let look = 0; look < chase.looks && left.length > 0; look += 1) {
    const { expected, failed } = await expectedGroup(
      left.map(({ key }) => key),
      context,
    );
    given.push(...failed);
    for (const { key, version, body } of expected) {
      const samples = seen.get(placeOf(key)) ?? [];
      samples.push({ version: target.stored(version), digest: body === null ? null : digest(body) });
      if (samples.length > chase.samples) samples.shift();
      seen.set(placeOf(key), samples);
    }
    const held = await patiently(() => target.read(expected.map(({ key }) => key)), signal);
    left = expected.filter((each, at) => {
      const one = held[at] ?? null;
      if (sameBody(each.body, one?.body ?? null)) return false;
      return one === null || !(seen.get(placeOf(each.key)) ?? []).some((sample) => isSample(sample, one));
    });
    await delay(chase.everyMs, signal);
  }
  return [...given, ...left.map((each) => unsettled(each, changingReason))];
}

function isSample(
  sample: { readonly version: bigint; readonly digest: string | null },
  held: HeldBody,
): boolean {
  return held.version >= sample.version && digest(held.body) === sample.digest;
}

function digest(body: string): string {
  return createHash('sha256')
    .update(canonicalText(parseExactJson(body)))
    .digest('base64');
}
