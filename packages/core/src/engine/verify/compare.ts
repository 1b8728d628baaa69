import type { Document, DocumentBuilder, HeldDocument, KeyRange } from '../../contracts/index.ts';
import { sameBody } from './judge.ts';
import { isPassing, patiently } from './patience.ts';
import { unbuildableDifference } from './settle.ts';
import type { Suspects } from './suspects.ts';
import type { Difference } from './verify-options.ts';
import type { VerifyTarget } from './verify-target.ts';

/** Root rows in a range. */
export const rangeRows = 4_000;
/** Ranges scanned at once. */
const scanWorkers = 3;
/** Documents read from the source, and then from the sink, at once. */
const scanPage = 500;
/** Places listed by the sink, and then looked up in the source, at once. */
const listPage = 2_000;
/** Pages of places looked up at once. */
const lookups = 2;

export interface CompareContext {
  readonly target: VerifyTarget;
  readonly builder: DocumentBuilder;
  readonly suspects: Suspects;
  readonly signal: AbortSignal;
  /** Whether a place of the sink is looked up: a sample leaves most of them out. */
  readonly chosen: () => boolean;
  readonly onCompared: (documents: number) => void;
  readonly onListed: (documents: number) => void;
  readonly onUnbuildable: (row: Difference) => void;
  /** After each range. */
  readonly onRange: () => Promise<void>;
}

/** Reads every document of these ranges from the source, and from the sink what lies in their places. */
export async function compareSource(ranges: readonly KeyRange[], context: CompareContext): Promise<void> {
  const open = [...ranges];
  const worker = async () => {
    for (let range = open.shift(); range !== undefined; range = open.shift()) {
      await compareRange(range, context);
      await context.onRange();
    }
  };
  await allOrFirstError(Array.from({ length: scanWorkers }, worker));
}

async function compareRange(range: KeyRange, context: CompareContext): Promise<void> {
  const { target, builder, signal, onUnbuildable } = context;
  let from = range.from;
  const scanOn = async () => {
    const pages = builder.scan(target.plan, { from, to: range.to }, scanPage, (row) =>
      onUnbuildable(unbuildableDifference(row)),
    );
    let comparing: Promise<void> = Promise.resolve();
    let next = from;
    try {
      for await (const documents of pages) {
        signal.throwIfAborted();
        await comparing;
        from = next;
        // The next page is read while this one is compared.
        comparing = comparePage(documents, context);
        comparing.catch(() => undefined);
        next = documents.at(-1)?.key ?? next;
      }
      await comparing;
      from = next;
    } finally {
      await comparing.catch(() => undefined);
    }
  };
  for (;;) {
    const before = from;
    try {
      await patiently(scanOn, signal);
      return;
    } catch (error) {
      // As long as it comes further, an outage now and then does not end it.
      if (!isPassing(error) || from === before) throw error;
    }
  }
}

async function comparePage(documents: readonly Document[], context: CompareContext): Promise<void> {
  const { target, builder, suspects, signal, onCompared } = context;
  const held = await patiently(() => target.read(documents), signal);
  const differing: Document[] = [];
  const ahead: { readonly document: Document; readonly version: bigint }[] = [];
  for (const [at, document] of documents.entries()) {
    const one = held[at] ?? null;
    if (one === null || !sameBody(document.body, one.body)) differing.push(document);
    else if (one.version > target.stored(document.version)) ahead.push({ document, version: one.version });
  }
  if (ahead.length > 0) {
    const now = target.stored(await patiently(() => builder.version(), signal));
    differing.push(...ahead.filter(({ version }) => version > now).map(({ document }) => document));
  }
  onCompared(documents.length);
  if (differing.length > 0) await suspects.add(differing);
}

/** Looks up in the source what lies in the sink: what it has no document for. */
export async function compareSink(context: CompareContext): Promise<void> {
  const { target, chosen, onListed, signal } = context;
  const { reader } = target.sink.sink;
  if (reader === undefined) return;
  const looking = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  for await (const page of reader.list(target.generation, listPage)) {
    signal.throwIfAborted();
    const places = page.filter(() => chosen());
    const look = lookUp(places, context)
      .then(() => onListed(places.length))
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => looking.delete(look));
    looking.add(look);
    if (looking.size >= lookups) await Promise.race(looking);
    if (failure !== null) break;
  }
  await Promise.all(looking);
  throwFailure(failure);
}

/** A function of its own, since the compiler does not see what callbacks assign. */
function throwFailure(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}

async function lookUp(places: readonly HeldDocument[], context: CompareContext): Promise<void> {
  const { target, builder, suspects, signal } = context;
  if (places.length === 0) return;
  // Rows that cannot be built are told of by the other pass, which meets every row.
  const absent = await patiently(() => builder.absent(target.plan, places, () => undefined), signal);
  const extra = absent.filter(({ body }) => body === null);
  if (extra.length > 0) await suspects.add(extra);
}

/** Settles when all have, so that nothing goes on behind a failure. */
export async function allOrFirstError(tasks: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(tasks);
  for (const task of settled) if (task.status === 'rejected') throw task.reason;
}
