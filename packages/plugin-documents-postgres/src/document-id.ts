/**
 * How column values become a document's `_id`.
 *
 * One column: its text as it is. Several: their texts joined by `|`, with `\` before every `|` and
 * `\` inside a text. No two lists of the same length have the same id, and `decodeId` gives the list
 * back.
 */
export function encodeId(values: readonly string[]): string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  return values.map((value) => value.replace(/[\\|]/g, '\\$&')).join('|');
}

/** The values of an id made of `count` columns; null: no row can have this id. */
export function decodeId(id: string, count: number): readonly string[] | null {
  // No Postgres value has a NUL, and a parameter must not.
  if (id.includes('\0')) return null;
  if (count === 1) return [id];
  const values: string[] = [''];
  for (let at = 0; at < id.length; at += 1) {
    const character = id[at];
    if (character === '|') {
      values.push('');
      continue;
    }
    let taken = character;
    if (character === '\\') {
      at += 1;
      taken = id[at];
      if (taken !== '\\' && taken !== '|') return null;
    }
    values[values.length - 1] += taken ?? '';
  }
  return values.length === count ? values : null;
}
