import { type Change, type RowValues, SluiceError } from '@sluice/core';
import { type CatalogColumn, tableLabel } from '@sluice/postgres';

/** The states of a row that a change tells of: both the place it left and the one it came to count. */
export function statesOf(change: Change): readonly RowValues[] {
  return [change.before, change.after].filter((values) => values !== undefined);
}

/**
 * The values of these columns in one state of a changed row; null where one is NULL, since NULL
 * equals no row's column.
 *
 * Throws SLUICE_SOURCE_DRIFT where the capture did not report a column: the documents that the row
 * was part of cannot be found any more, and to go on would leave them wrong for ever. Where the
 * configuration accepts that for the table, null.
 */
export function linkValues(
  change: Change,
  values: RowValues,
  columns: readonly CatalogColumn[],
  index: string,
): readonly string[] | null {
  const texts: string[] = [];
  for (const column of columns) {
    const value = values[column.name];
    if (value === undefined && change.lossAccepted !== true) throw unknownLink(change, column, index);
    if (value == null) return null;
    texts.push(value);
  }
  return texts;
}

function unknownLink(change: Change, column: CatalogColumn, index: string): SluiceError {
  return new SluiceError(
    'SLUICE_SOURCE_DRIFT',
    `The capture reported ${change.operation === 'insert' ? 'an' : 'a'} ${change.operation} of ${tableLabel(change.table)} without "${column.name}", so the documents of "${index}" that the row was part of are not known.`,
    {
      hint: `Give ${tableLabel(change.table)} a replica identity that holds "${column.name}" (sluice provision --print shows the SQL) and rebuild the index with sluice reindex ${index}.`,
    },
  );
}

/** Tuples of texts, each once, in the order they came. */
export class TupleSet {
  readonly #tuples = new Map<string, readonly string[]>();

  add(tuple: readonly string[]): void {
    const [only] = tuple;
    this.#tuples.set(tuple.length === 1 && only !== undefined ? only : JSON.stringify(tuple), tuple);
  }

  get size(): number {
    return this.#tuples.size;
  }

  /** At most `size` tuples at a time. */
  *chunks(size: number): Generator<readonly (readonly string[])[]> {
    const all = [...this.#tuples.values()];
    for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
  }
}

/** Tuples as one list per column: what `unnest` takes. */
export function columnLists(tuples: readonly (readonly string[])[], width: number): string[][] {
  return Array.from({ length: width }, (_unused, at) => tuples.map((tuple) => tuple[at] ?? ''));
}
