import type { Field, IndexSchema } from '../contracts/index.ts';

/** One field and where it stands in the document. */
export interface WalkedField {
  readonly field: Field;
  /** Document keys from the root: `['orders', 'items', 'sku']`. */
  readonly path: readonly string[];
  /** The fields around it, outermost first. */
  readonly parents: readonly Field[];
}

/** The fields directly inside a field; none for one that holds none. */
export function childrenOf(field: Field): readonly Field[] {
  return field.kind === 'object' || field.kind === 'join' ? field.fields : [];
}

/** Every field of a schema, each before those inside it, in the order of the file. */
export function* walkFields(schema: Pick<IndexSchema, 'fields'>): Generator<WalkedField> {
  yield* walk(schema.fields, [], []);
}

function* walk(
  fields: readonly Field[],
  path: readonly string[],
  parents: readonly Field[],
): Generator<WalkedField> {
  for (const field of fields) {
    const own = [...path, field.name];
    yield { field, path: own, parents };
    yield* walk(childrenOf(field), own, [...parents, field]);
  }
}
