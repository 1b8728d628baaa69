import { isSluiceError } from '@sluice/core';
import { columnLists } from '../link-values.ts';
import type { Session } from '../session.ts';
import type { CompiledIndex } from './compiled.ts';

/**
 * About when each row was last written, as a version: the id of the transaction that did. Whoever read
 * before that transaction began has a version that is not above its id; whoever reads after it has one
 * above, but for as many as were open beside it. null: no such row, or one that tells no writer to this role.
 */
export async function lastChanged(
  session: Session,
  index: CompiledIndex,
  keys: readonly (readonly string[])[],
): Promise<readonly (bigint | null)[]> {
  if (keys.length === 0) return [];
  const what = `read when rows of "${index.name}" were written`;
  try {
    const rows = await session.ask(index.lastWriter, columnLists(keys, index.bound.key.length), what);
    const found = new Map(rows.map((row) => [Number(row[0]), fullId(row[2], row[3])]));
    return keys.map((_key, at) => found.get(at + 1) ?? null);
  } catch (error) {
    // A role with privileges on columns alone may not read this one; a key may be none of the type.
    if (!isSluiceError(error) || error.code === 'SLUICE_SOURCE_UNAVAILABLE') throw error;
    return keys.map(() => null);
  }
}

/** All bits of a transaction id, given 32 of them and one that is later. */
function fullId(low: string | null | undefined, later: string | null | undefined): bigint | null {
  if (low == null || later == null) return null;
  const reference = BigInt(later);
  const id = reference + BigInt.asIntN(32, BigInt(low) - BigInt.asUintN(32, reference));
  // Ids below 3 belong to no transaction, and one from long ago may look like one to come.
  return BigInt(low) < 3n || id < 3n || id >= reference ? null : id;
}
