import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../output/units.ts';
import { documentDifferences } from './document-differences.ts';
import type { DocumentView, SeenDocument } from './document-view.ts';
import type { PlannedChange } from './shop-changes.ts';
import type { Workload } from './workload.ts';

/** How often the document is looked at after its change, in ms. */
const lookEvery = 2;
/** After this long the watch says so and goes on with the next change, in ms. */
const patience = 10_000;

/** One change that a person watched on its way from the row to the document. */
export interface WatchedChange {
  readonly change: PlannedChange;
  /** ms from the commit to the document; null when it did not come in time. */
  readonly latency: number | null;
  readonly before: SeenDocument | null;
  readonly after: SeenDocument | null;
}

/** Lets the shop make one change and looks at its document until it shows. */
export async function watchChange(
  workload: Workload,
  view: DocumentView,
  signal: AbortSignal,
): Promise<WatchedChange> {
  const change = await workload.announce();
  const before = await view.get(change.document);
  const committed = workload.go();
  // Awaited below; should looking at the document fail first, this is not a second error.
  committed.catch(() => undefined);
  const deadline = Date.now() + patience;
  for (;;) {
    const after = await view.get(change.document);
    if (hasChanged(before, after)) {
      const seenAt = Date.now();
      return { change, before, after, latency: Math.max(0, seenAt - (await committed)) };
    }
    if (Date.now() > deadline || signal.aborted) {
      await committed;
      return { change, before, after, latency: null };
    }
    await sleep(lookEvery);
  }
}

function hasChanged(before: SeenDocument | null, after: SeenDocument | null): boolean {
  if (before?.revision === after?.revision) return false;
  return documentDifferences(before?.content, after?.content).length > 0;
}

/**
 * A watched change as two lines: what happened to the row, and what became of the document.
 *
 * ```text
 * order 1234: paid → shipped
 *   customers/17 updated 6 ms later: orders[1234].status "paid" → "shipped"
 * ```
 */
export function describeWatched({ change, latency, before, after }: WatchedChange): readonly string[] {
  const name = `${change.document.index}/${change.document.id}`;
  if (latency === null) return [change.text, `  ${name} has not changed after ${formatDuration(patience)}`];
  const differences = documentDifferences(before?.content, after?.content);
  const [first] = differences;
  const more = differences.length > 1 ? `, and ${differences.length - 1} more` : '';
  const what =
    first === undefined ? '' : `: ${first.path} ${brief(first.before)} → ${brief(first.after)}${more}`;
  return [change.text, `  ${name} updated ${formatDuration(latency)} later${what}`];
}

const briefLength = 60;

function brief(value: unknown): string {
  if (value === undefined) return '(nothing)';
  const text = JSON.stringify(value);
  return text.length <= briefLength ? text : `${text.slice(0, briefLength - 1)}…`;
}
