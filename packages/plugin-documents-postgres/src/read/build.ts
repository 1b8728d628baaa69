import type { Document, DocumentKey, DocumentReference, OnUnbuildable } from '@sluice/core';
import { decodeId } from '../document-id.ts';
import { columnLists } from '../link-values.ts';
import type { Answer, Session } from '../session.ts';
import type { Lookup } from '../sql/statements.ts';
import { type CompiledIndex, placeOf } from './compiled.ts';
import { type AskedPlace, isUnbuildable, readPlaces } from './unbuildable.ts';

/**
 * The document at each place asked for, all from one snapshot; from several where a value or a row
 * that fails has to be found.
 *
 * Rows are looked up by the columns that make the `_id`, not by key: what lies at a place is the row
 * that has this id now, also where another row had it before. A row with this id and another routing
 * gives two documents: the removal at the place asked for, and then the document where it lies, for
 * the two places may share a shard, where the removal would take the document with it.
 */
export async function buildDocuments(
  session: Session,
  index: CompiledIndex,
  keys: readonly DocumentKey[],
  onUnbuildable?: OnUnbuildable,
): Promise<readonly Document[]> {
  if (keys.length === 0) return [];
  const asked = keys.map((key) => ({ key, values: idValues(index, key) }));
  return readPlaces(session, index, asked, {
    read: (part, lookup) => buildPlaces(session, index, part, lookup),
    nobody: (key, version) => ({ ...key, version, body: null }),
    onUnbuildable,
  });
}

async function buildPlaces(
  session: Session,
  index: CompiledIndex,
  asked: readonly AskedPlace[],
  lookup: Lookup,
): Promise<readonly Document[]> {
  const text = lookup === 'each' ? index.each.build : index.build;
  const { rows, snapshot } = await placeRows(session, index, text, asked);
  const { version } = snapshot;
  const bodyAt = 2 + index.bound.docId.length + 1;
  const found = rowsByPosition(rows);
  const documents: Document[] = [];
  let position = 0;
  for (const { key, values } of asked) {
    if (values !== null) position += 1;
    const row = values === null ? undefined : found.get(position);
    const place = row === undefined ? null : placeOf(index, row, 2);
    const body = row?.[bodyAt] ?? null;
    if (place === null || body === null || place.id !== key.id) {
      documents.push({ ...key, version, body: null });
    } else if (place.routing !== key.routing) {
      documents.push({ ...key, version, body: null }, { ...key, routing: place.routing, version, body });
    } else {
      documents.push({ ...key, version, body });
    }
  }
  return documents;
}

/**
 * Of these places, those without a document now, as deletes. An id that no row of this table could
 * have is one of them, whatever wrote it. A row that lies at another place is built: see
 * `buildDocuments` for why its delete must not go without it.
 */
export async function absentDocuments(
  session: Session,
  index: CompiledIndex,
  places: readonly DocumentReference[],
  onUnbuildable?: OnUnbuildable,
): Promise<readonly Document[]> {
  if (places.length === 0) return [];
  const asked = places.map((place) => {
    const values = decodeId(place.id, index.bound.docId.length);
    return { key: { ...place, key: values === null ? [] : keyOf(index, values) }, values };
  });
  const empty = await readPlaces<EmptyPlace>(session, index, asked, {
    read: (part, lookup) => emptyPlaces(session, index, part, lookup),
    nobody: (key, version) => ({ key, version, moved: false }),
    onUnbuildable,
  });
  const moved = empty.filter((place) => place.moved).map(({ key }) => key);
  return [
    ...empty.filter((place) => !place.moved).map(({ key, version }) => ({ ...key, version, body: null })),
    ...(await buildDocuments(session, index, moved, onUnbuildable)),
  ];
}

/** A place without a document. */
interface EmptyPlace {
  readonly key: DocumentKey;
  readonly version: bigint;
  /** The row with this id lies at another routing. */
  readonly moved: boolean;
}

async function emptyPlaces(
  session: Session,
  index: CompiledIndex,
  asked: readonly AskedPlace[],
  lookup: Lookup,
): Promise<readonly EmptyPlace[]> {
  const text = lookup === 'each' ? index.each.absent : index.absent;
  const { rows, snapshot } = await placeRows(session, index, text, asked);
  const { version } = snapshot;
  const found = rowsByPosition(rows);
  const empty: EmptyPlace[] = [];
  let position = 0;
  for (const { key, values } of asked) {
    if (values !== null) position += 1;
    const row = values === null ? undefined : found.get(position);
    const lies = row === undefined ? null : placeOf(index, row, 2);
    if (lies?.id !== key.id) empty.push({ key, version, moved: false });
    else if (lies.routing !== key.routing) empty.push({ key, version, moved: true });
  }
  return empty;
}

/** At least a snapshot, also where no place is asked for. */
async function placeRows(
  session: Session,
  index: CompiledIndex,
  text: string,
  asked: readonly AskedPlace[],
): Promise<Answer> {
  const values = asked.flatMap((place) => (place.values === null ? [] : [place.values]));
  if (values.length === 0) return { rows: [], snapshot: await session.snapshot() };
  return session.run({
    text,
    values: columnLists(values, index.bound.docId.length),
    snapshotAt: 1,
    what: `read documents of "${index.name}"`,
    index: index.name,
  });
}

/** Where the rows with these keys lie now; null for a key without a row. */
export async function locateDocuments(
  session: Session,
  index: CompiledIndex,
  keys: readonly (readonly string[])[],
): Promise<readonly (DocumentKey | null)[]> {
  if (keys.length === 0) return [];
  try {
    return await locateRows(session, index, keys);
  } catch (error) {
    if (!isUnbuildable(error)) throw error;
    // The statement has no expressions: a key is not of the columns' types, so no row has it.
    if (keys.length === 1) return [null];
    const middle = Math.ceil(keys.length / 2);
    const first = await locateDocuments(session, index, keys.slice(0, middle));
    return [...first, ...(await locateDocuments(session, index, keys.slice(middle)))];
  }
}

async function locateRows(
  session: Session,
  index: CompiledIndex,
  keys: readonly (readonly string[])[],
): Promise<readonly (DocumentKey | null)[]> {
  const { rows } = await session.run({
    text: index.locate,
    values: columnLists(keys, index.bound.key.length),
    snapshotAt: 1,
    what: `look up rows of "${index.name}"`,
    index: index.name,
  });
  const found = rowsByPosition(rows);
  return keys.map((key, at) => {
    const row = found.get(at + 1);
    const place = row === undefined ? null : placeOf(index, row, 2);
    return place === null ? null : { key, id: place.id, routing: place.routing };
  });
}

/** By the position in the list asked for; of several rows with one id the first in text order. */
function rowsByPosition(rows: Answer['rows']): ReadonlyMap<number, Answer['rows'][number]> {
  const found = new Map<number, Answer['rows'][number]>();
  for (const row of rows) {
    const position = Number(row[0]);
    const other = found.get(position);
    if (other === undefined || JSON.stringify(row) < JSON.stringify(other)) found.set(position, row);
  }
  return found;
}

/** The id's values: the key itself where it makes the id. */
function idValues(index: CompiledIndex, { key, id }: DocumentKey): readonly string[] | null {
  return idIsKey(index) && key.length > 0 ? key : decodeId(id, index.bound.docId.length);
}

function keyOf(index: CompiledIndex, values: readonly string[]): readonly string[] {
  return idIsKey(index) ? values : [];
}

function idIsKey({ bound: { key, docId } }: CompiledIndex): boolean {
  return docId.length === key.length && docId.every((column, at) => column.name === key[at]?.name);
}

/** The statement that builds these documents, and how Postgres would run it. Runs nothing. */
export async function explainBuild(
  session: Session,
  index: CompiledIndex,
  keys: readonly DocumentKey[],
): Promise<{ readonly sql: string; readonly plan: readonly string[] }> {
  const values = keys.map((key) => idValues(index, key)).filter((each) => each !== null);
  const lists = columnLists(values, index.bound.docId.length);
  const rows = await session.ask(`EXPLAIN ${index.build}`, lists, 'explain a statement');
  return { sql: index.build, plan: rows.map(([line]) => line ?? '') };
}
