import type { CatalogColumn } from '@sluice/postgres';

/**
 * The one text of a key value. Postgres prints some values in two ways, as output and as a cast to
 * text: a boolean as `t` or `true`, a `char(n)` with or without its padding, an address with or
 * without its full mask. A document's id must not depend on which of them a capture saw.
 */
export function canonicalKeyText(text: string, { type, array }: CatalogColumn): string {
  if (array) return text;
  switch (type.name) {
    case 'bool':
      return text === 't' ? 'true' : text === 'f' ? 'false' : text;
    case 'bpchar':
      return text.replace(/ +$/, '');
    case 'inet':
      return text.replace(text.includes(':') ? /\/128$/ : /\/32$/, '');
    default:
      return text;
  }
}

/** Types of which equal values always have equal text, also between the types of one group. */
const groups: readonly ReadonlySet<string>[] = [
  new Set(['int2', 'int4', 'int8']),
  new Set(['uuid']),
  new Set(['text', 'varchar']),
  new Set(['date']),
];

/** Whether a value of one column that equals a value of the other has the same text. */
export function sameText(left: CatalogColumn, right: CatalogColumn): boolean {
  return (
    !left.array &&
    !right.array &&
    left.deterministic &&
    right.deterministic &&
    groups.some((group) => group.has(left.type.name) && group.has(right.type.name))
  );
}

/** Whether values of the two columns can be compared by `=` through an index of either. */
export function comparable(left: CatalogColumn, right: CatalogColumn): boolean {
  if (left.array || right.array) return false;
  if (left.type.schema === right.type.schema && left.type.name === right.type.name) return true;
  return families.some((family) => family.has(left.type.name) && family.has(right.type.name));
}

/** Postgres's operator families that compare across types. */
const families: readonly ReadonlySet<string>[] = [
  new Set(['int2', 'int4', 'int8']),
  new Set(['float4', 'float8']),
  new Set(['text', 'varchar', 'name']),
  new Set(['date', 'timestamp', 'timestamptz']),
  new Set(['inet', 'cidr']),
];
