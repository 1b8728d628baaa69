import { type DocumentKey, isSluiceError, type OnUnbuildable, SluiceError } from '@sluice/core';
import { sqlState, tableLabel } from '@sluice/postgres';
import { columnLists } from '../link-values.ts';
import { type Session, unbuildableHint } from '../session.ts';
import { keyList, type Lookup } from '../sql/statements.ts';
import type { CompiledIndex } from './compiled.ts';

/** A place asked for, and what its row is looked up by; null: no row can have this id. */
export interface AskedPlace {
  readonly key: DocumentKey;
  readonly values: readonly string[] | null;
}

/** How places are read, all by one statement. */
export interface PlaceReader<Result> {
  readonly read: (asked: readonly AskedPlace[], lookup: Lookup) => Promise<readonly Result[]>;
  /** What is said of a place whose id the key's type refuses: no row has it. */
  readonly nobody: (key: DocumentKey, version: bigint) => Result;
  /** Is told of a row that fails, which is then left out; absent: such a row is thrown. */
  readonly onUnbuildable: OnUnbuildable | undefined;
}

/** An expression failed on a row, or a value asked for is not one of its type. */
export function isUnbuildable(error: unknown): boolean {
  return isSluiceError(error, 'SLUICE_DOCUMENT_UNBUILDABLE');
}

/**
 * One row on which an expression fails, or one id that is not of the column's type, makes a statement
 * fail for all: it is found by halving, which reads at most a few times as many places in all. The row is
 * told of, or thrown, by name; what is nobody's place is said to be so. A row that was not asked for is no reason.
 */
export async function readPlaces<Result>(
  session: Session,
  index: CompiledIndex,
  asked: readonly AskedPlace[],
  reader: PlaceReader<Result>,
): Promise<readonly Result[]> {
  try {
    return await reader.read(asked, 'together');
  } catch (error) {
    if (!isUnbuildable(error)) throw error;
    return await readByHalves(session, index, asked, reader).catch((later: unknown) => {
      // A filter may name its columns schema.table.column, which only the table itself has.
      throw isSluiceError(later, 'SLUICE_SOURCE_DRIFT') ? error : later;
    });
  }
}

async function readByHalves<Result>(
  session: Session,
  index: CompiledIndex,
  asked: readonly AskedPlace[],
  reader: PlaceReader<Result>,
): Promise<readonly Result[]> {
  try {
    return await reader.read(asked, 'each');
  } catch (error) {
    if (!isUnbuildable(error)) throw error;
    const [one] = asked;
    if (one === undefined) throw error;
    if (asked.length > 1) {
      const middle = Math.ceil(asked.length / 2);
      const first = await readByHalves(session, index, asked.slice(0, middle), reader);
      return [...first, ...(await readByHalves(session, index, asked.slice(middle), reader))];
    }
    const isRow = one.values === null || (await isReadable(session, index, one.values));
    if (isRow && reader.onUnbuildable === undefined) throw ofRow(index, one.values, error);
    // Of a snapshot that sees at least what failed: only a later state can be better.
    const { version } = await session.snapshot();
    if (!isRow) return [reader.nobody(one.key, version)];
    reader.onUnbuildable?.({ ...one.key, version, reason: reasonOf(error) });
    return [];
  }
}

/** What Postgres said. */
function reasonOf(error: unknown): string {
  const cause = isSluiceError(error) ? error.cause : undefined;
  return cause instanceof Error ? cause.message : String(error);
}

function ofRow(index: CompiledIndex, values: readonly string[] | null, error: unknown): unknown {
  const cause = isSluiceError(error) ? error.cause : undefined;
  if (values === null || !(cause instanceof Error)) return error;
  const { root, docId } = index.bound;
  const row = docId.map(({ name }, at) => `${name} = ${values[at] ?? ''}`).join(', ');
  return new SluiceError(
    'SLUICE_DOCUMENT_UNBUILDABLE',
    `Could not read the document of "${index.name}" for the row of ${tableLabel(root)} with ${row}: ${cause.message}.`,
    { hint: unbuildableHint, cause },
  );
}

/** Whether the values are ones of the columns' types. */
async function isReadable(
  session: Session,
  index: CompiledIndex,
  values: readonly string[],
): Promise<boolean> {
  try {
    const what = `read an id of "${index.name}"`;
    await session.ask(
      `SELECT n FROM ${keyList(index.bound.docId, 'k')}`,
      columnLists([values], values.length),
      what,
    );
    return true;
  } catch (error) {
    const state = isSluiceError(error) ? sqlState(error.cause) : undefined;
    if (state?.startsWith('22') !== true) throw error;
    return false;
  }
}
