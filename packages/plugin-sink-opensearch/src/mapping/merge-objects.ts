import type { JsonObject } from '@sluice/core';
import { isObject } from './scalar-mapping.ts';

/** Both, object by object; of two other values the second. */
export function mergeObjects(first: JsonObject, second: JsonObject): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const former = merged[key];
    merged[key] = isObject(former) && isObject(value) ? mergeObjects(former, value) : value;
  }
  return merged;
}
