import type { DocumentBuilder } from '../../contracts/index.ts';
import { patiently } from './patience.ts';
import type { Difference } from './verify-options.ts';
import type { VerifyTarget } from './verify-target.ts';

/** Rows asked for at once. */
const page = 500;

export interface RowContext {
  readonly target: VerifyTarget;
  readonly builder: DocumentBuilder;
  readonly signal: AbortSignal;
}

/** What was known of the row with this key; the version as the sink stores it. */
interface KnownState {
  readonly key: readonly string[];
  readonly version: bigint;
}

/**
 * Differences with those named that were left behind: the sink holds a version from before the row's last
 * change, or of an epoch that is over. Others were changed by something else, or a row of another table did.
 */
export async function nameStale(
  found: readonly Difference[],
  context: RowContext,
): Promise<readonly Difference[]> {
  const asked = found.flatMap((each) =>
    each.kind === 'different' && each.heldVersion !== null
      ? [{ each, key: each.key, version: each.heldVersion }]
      : [],
  );
  const stale = new Set((await olderThanRows(asked, context)).map(({ each }) => each));
  return found.map((each) => (stale.has(each) ? { ...each, kind: 'stale' } : each));
}

/**
 * Those from before their row was last written, as far as the source tells, or of an epoch that is over. A
 * few that are not may be among them: a row counts as written whatever column changed, and transactions that
 * were open beside that one keep versions back.
 */
export async function olderThanRows<State extends KnownState>(
  states: readonly State[],
  { target, builder, signal }: RowContext,
): Promise<readonly State[]> {
  const older = new Set(states.filter(({ version }) => version < target.stored(0n)));
  const asked = states.filter((each) => !older.has(each) && each.key.length > 0);
  for (let from = 0; from < asked.length; from += page) {
    const part = asked.slice(from, from + page);
    const keys = part.map(({ key }) => key);
    const told = await patiently(async () => builder.lastChanged?.(target.plan, keys) ?? [], signal);
    for (const [at, each] of part.entries()) {
      const written = told[at] ?? null;
      if (written !== null && each.version <= target.stored(written)) older.add(each);
    }
  }
  return [...older];
}
