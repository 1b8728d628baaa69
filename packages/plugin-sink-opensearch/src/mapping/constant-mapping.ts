import type { JsonObject, JsonValue } from '@sluice/core';
import { isObject } from './scalar-mapping.ts';

/** How a fixed value is mapped. The index is strict, so that a null needs a mapping too. */
export function constantMapping(value: JsonValue): JsonObject {
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (typeof value === 'number') return { type: Number.isSafeInteger(value) ? 'long' : 'double' };
  if (isArray(value)) return arrayMapping(value);
  if (isObject(value)) return objectMapping([value]);
  return { type: 'keyword' };
}

/** OpenSearch has no array type: one mapping has to hold every element, however deep. */
function arrayMapping(values: readonly JsonValue[]): JsonObject {
  const elements = leaves(values);
  const objects = elements.filter(isObject);
  if (objects.length > 0 && objects.length === elements.length) return objectMapping(objects);
  const [first, ...others] = elements.map(constantMapping);
  if (first === undefined) return { type: 'keyword' };
  if (others.every(({ type }) => type === first['type'])) return first;
  if (elements.every((element) => typeof element === 'number')) return { type: 'double' };
  return objects.length === 0 ? { type: 'keyword' } : { type: 'object', enabled: false };
}

function leaves(values: readonly JsonValue[]): JsonValue[] {
  return values.flatMap((value) => (isArray(value) ? leaves(value) : value === null ? [] : [value]));
}

function objectMapping(objects: readonly JsonObject[]): JsonObject {
  const keys = new Set(objects.flatMap((object) => Object.keys(object)));
  const properties = [...keys].map((key) => {
    const values = objects.map((object) => object[key]).filter((value) => value !== undefined);
    const [only] = values;
    return [
      key,
      values.length === 1 && only !== undefined ? constantMapping(only) : arrayMapping(values),
    ] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
