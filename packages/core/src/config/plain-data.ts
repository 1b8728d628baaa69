import type { JsonObject, JsonValue, SourcePath } from '../contracts/index.ts';

export type Mapping = Readonly<Record<string, unknown>>;

/** A plain object: not a list, not an instance of a class. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value at a path; undefined where nothing is. */
export function valueAt(value: unknown, path: SourcePath): unknown {
  let node = value;
  for (const step of path) {
    if (Array.isArray(node)) node = node[Number(step)];
    else if (isMapping(node) && Object.hasOwn(node, step)) node = node[String(step)];
    else return undefined;
  }
  return node;
}

/** A copy with another value at a path that is there; `undefined` removes the key. */
export function replaceAt(value: unknown, path: SourcePath, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === Number(step) ? replaceAt(item, rest, replacement) : item));
  }
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, key === String(step) ? replaceAt(item, rest, replacement) : item] as const)
      .filter(([, item]) => item !== undefined),
  );
}

/** Every value that is neither list nor mapping, with its path, in order. */
export function* leaves(value: unknown, path: SourcePath = []): Generator<[SourcePath, unknown]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  } else {
    yield [path, value];
  }
}

/**
 * Whether it is JSON and nothing else. A bigint is not: what takes options could not tell it from
 * a number that lost its digits.
 */
export function isJson(value: unknown): value is JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJson);
      return isMapping(value) && Object.values(value).every(isJson);
    default:
      return false;
  }
}

/** What of a mapping is JSON; empty where it is none. */
export function jsonMapping(value: unknown): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(isMapping(value) ? value : {})) {
    if (isJson(item)) result[key] = item;
  }
  return result;
}

/** `indexes.users.sinks[0]`, as messages name a place; '' for the root. */
export function pathText(path: SourcePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
