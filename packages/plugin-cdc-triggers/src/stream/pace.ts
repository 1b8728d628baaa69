/** Rows and bytes that one claim aims at. */
export const claimTarget = { changes: 5000, bytes: 1 << 20 } as const;

/** Rows asked for at first: a row of a statement trigger may hold hundreds of keys. */
export const firstLimit = 50;
const mostRows = 5000;

export interface Claimed {
  readonly rows: number;
  readonly changes: number;
  readonly bytes: number;
}

/** How many rows to ask for next, so that a batch stays near the target whatever the rows hold. */
export function nextLimit(limit: number, { rows, changes, bytes }: Claimed): number {
  if (rows === 0) return limit;
  const fitting = Math.floor(
    Math.min(
      (claimTarget.changes * rows) / Math.max(changes, 1),
      (claimTarget.bytes * rows) / Math.max(bytes, 1),
    ),
  );
  // Grows step by step: the next rows may be larger than those seen.
  return Math.max(1, Math.min(fitting, limit * 4, mostRows));
}

/** The first wait after something was found, in ms. */
const firstWait = 5;

/** The wait after `empty` looks in a row that found nothing: doubled each time, up to the longest. */
export function nextWait(empty: number, longest: number): number {
  return Math.min(firstWait * 2 ** Math.min(empty, 30), longest);
}

/** A whole look that takes longer than this, in ms, is worth sparing: dead rows lie in its way. */
const cheapLook = 5;

/**
 * When the whole outbox is to be looked at again: at once while that is cheap, else seldom enough to
 * cost at most a twentieth of the time. In between only rows above the highest one seen are looked for.
 */
export function nextWholeLook(now: number, took: number): number {
  return took <= cheapLook ? now : now + Math.max(1000, took * 20);
}

/** A look that finds this many changes is worth its cost: the next one comes at once. */
const worthwhile = 500;
/** After one that found fewer the next comes this long after it at the earliest, in ms. */
const spacing = 4;
/** The same while changes come fast, and how many a millisecond that is. */
const steadySpacing = 20;
const steadyRate = 2;

export interface Gathered {
  readonly changes: number;
  /** Since the look before the one that found them, in ms. */
  readonly within: number;
  /** Since that look, in ms. */
  readonly sinceLook: number;
}

/**
 * How long to let rows gather before the next look, in ms: under a steady load of single rows the reader
 * would otherwise look a thousand times a second, and take the CPU that writers need. A change that comes
 * alone is looked for soon; among thousands a second some milliseconds more change nothing for anybody.
 */
export function gatherFor({ changes, within, sinceLook }: Gathered): number {
  if (changes >= worthwhile) return 0;
  const after = changes >= steadyRate * within ? steadySpacing : spacing;
  return Math.max(0, after - sinceLook);
}
