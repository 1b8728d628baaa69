import type { Field, IndexSchema, JsonValue } from '@sluice/core';

/** A document with the name of a type in place of each value. */
export type DocumentShape = { readonly [name: string]: JsonValue };

/**
 * What a document of this schema looks like: `{"name": "text", "orders": [{"status": "keyword"}]}`.
 * A to-one join that may find nothing is an object all the same.
 */
export function documentShape(schema: IndexSchema): DocumentShape {
  return shapeOf(schema.fields);
}

function shapeOf(fields: readonly Field[]): DocumentShape {
  return Object.fromEntries(fields.map((field) => [field.name, fieldShape(field)]));
}

function fieldShape(field: Field): JsonValue {
  switch (field.kind) {
    case 'scalar':
      return field.custom === null ? field.type : field.custom.opensearch;
    case 'constant':
      return field.value;
    case 'object':
      return shapeOf(field.fields);
    case 'geo':
      return 'geo_point';
    case 'map':
      return { '*': field.values };
    case 'join':
      return ['has_many', 'many_to_many'].includes(field.relation.join)
        ? [shapeOf(field.fields)]
        : shapeOf(field.fields);
    case 'aggregate':
      return field.function === 'ids' ? [field.valueType] : field.valueType;
  }
}

/**
 * The shape as lines to read, two blanks per level:
 *
 * ```text
 * name: text
 * orders: [
 *   status: keyword
 * ]
 * ```
 */
export function renderShape(shape: DocumentShape): readonly string[] {
  return Object.entries(shape).flatMap(([name, value]) => renderValue(name, value));
}

function renderValue(name: string, value: JsonValue): readonly string[] {
  const [element] = Array.isArray(value) ? value : [];
  if (isObject(element)) return [`${name}: [`, ...indented(renderShape(element)), ']'];
  if (isObject(value)) return [`${name}: {`, ...indented(renderShape(value)), '}'];
  if (typeof element === 'string') return [`${name}: [${element}]`];
  return [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

function isObject(value: JsonValue | undefined): value is DocumentShape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
