import type { IndexSchema } from './contracts/index.ts';

/** Keys of schema nodes that hold the user's own JSON: an `at` in there is content. */
const userContent = new Set(['options', 'settings', 'value', 'values', 'default']);

/** A schema without the places of its nodes (`at`): what its hash covers. */
export function schemaContent(schema: IndexSchema): unknown {
  return withoutPlaces(schema);
}

function withoutPlaces(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPlaces);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'at')
      .map(([key, value]) => [key, userContent.has(key) ? value : withoutPlaces(value)]),
  );
}
