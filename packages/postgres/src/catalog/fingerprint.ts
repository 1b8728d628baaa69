import { createHash } from 'node:crypto';

/** What of a table can change its rows, or which of its changes are logged, without a word in the log. */
export interface TableTraits {
  /** Which tables hold the rows, and since which attachment. */
  readonly members: string;
  /** Object ids of the entries by which the publication names it. */
  readonly publication: readonly string[];
  /** Files of the tables that hold the rows: each rewrite gives another. */
  readonly files: readonly string[];
  /** Every column that is watched, in any order. */
  readonly columns: readonly ColumnTraits[];
}

export interface ColumnTraits {
  readonly name: string;
  /** Number, type and its modifier; null where the table has no such column. */
  readonly shape: string | null;
  /** The transaction that last altered it. */
  readonly altered: string;
}

const nameLength = 6;
const shapeLength = 4;

/**
 * A table's traits as text, short since hundreds of them are kept in one COMMENT: members,
 * publication, files, alterations, and ten characters for each column. Empty where there is no table.
 */
export function fingerprint(traits: TableTraits): string {
  const columns = traits.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    traits.members,
    short(traits.publication.join(), 6),
    short(traits.files.join(), 6),
    short(columns.map(({ name, altered }) => `${name} ${altered}`).join('\n'), 6),
    columns.map(({ name, shape }) => columnKey(name) + short(shape ?? 'none', shapeLength)).join(''),
  ].join('.');
}

/** The part that is known of a table before it is published: the rest is taken as it is found. */
export function membersOf(print: string): string {
  return print.split('.', 1)[0] ?? '';
}

/**
 * Why documents that were right for `known` need not be right for `now`; null where they are. A
 * column that is watched since, or no longer, is no reason: only plans that read it have to do with it.
 *
 * @param names The columns watched now.
 */
export function difference(known: string, now: string, names: readonly string[]): string | null {
  if (known === '') return 'it was made anew, or not all of its changes were logged';
  const [members, publication, files, altered, columns] = known.split('.');
  const [nowMembers, nowPublication, nowFiles, nowAltered, nowColumns] = now.split('.');
  if (members !== nowMembers) return 'its set of partitions changed, or it was made anew';
  if (publication === undefined) return null;
  if (publication !== nowPublication)
    return 'it was out of the publication, or the publication was made anew';
  const before = shapes(columns ?? '');
  for (const [key, shape] of shapes(nowColumns ?? '')) {
    const was = before.get(key);
    if (was === undefined || was === shape) continue;
    const name = names.find((candidate) => columnKey(candidate) === key);
    return `its column ${name ?? key} is another one, or has another type`;
  }
  // VACUUM FULL, CLUSTER and TRUNCATE give new files alone, a GRANT or a default alters columns alone.
  if (files !== nowFiles && altered !== nowAltered) return 'it was rewritten while its columns were altered';
  return null;
}

function shapes(columns: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < columns.length; at += nameLength + shapeLength) {
    found.set(
      columns.slice(at, at + nameLength),
      columns.slice(at + nameLength, at + nameLength + shapeLength),
    );
  }
  return found;
}

function columnKey(name: string): string {
  return short(name, nameLength);
}

function short(text: string, length: number): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, length);
}
