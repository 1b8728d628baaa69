import type { DocumentBuilder } from '../../contracts/index.ts';
import { patiently } from './patience.ts';
import type { Difference } from './verify-options.ts';
import type { VerifyTarget } from './verify-target.ts';

/** Rows asked for at once. */
const page = 500;

/**
 * Differences with those named that were left behind: the sink holds a version from before the row's last
 * change, or of an epoch that is over. Others were changed by something else, or a row of another table did.
 */
export async function nameStale(
  found: readonly Difference[],
  {
    target,
    builder,
    signal,
  }: { readonly target: VerifyTarget; readonly builder: DocumentBuilder; readonly signal: AbortSignal },
): Promise<readonly Difference[]> {
  const stale = new Set(found.filter((each) => isStale(each, target.stored(0n))));
  const asked = found.filter((each) => each.kind === 'different' && !stale.has(each) && each.key.length > 0);
  for (let from = 0; from < asked.length; from += page) {
    const part = asked.slice(from, from + page);
    const keys = part.map(({ key }) => key);
    const told = await patiently(async () => builder.lastChanged?.(target.plan, keys) ?? [], signal);
    for (const [at, each] of part.entries()) {
      const version = told[at] ?? null;
      if (version !== null && isStale(each, target.stored(version) + 1n)) stale.add(each);
    }
  }
  return found.map((each) => (stale.has(each) ? { ...each, kind: 'stale' } : each));
}

function isStale({ kind, heldVersion }: Difference, least: bigint): boolean {
  return kind === 'different' && heldVersion !== null && heldVersion < least;
}
