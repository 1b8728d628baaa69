import type { JsonObject, JsonValue, SourcePath } from '../contracts/index.ts';
import { describeValue, quoteName } from './describe-value.ts';
import type { Problems } from './problems.ts';
import { isMapping } from './read-mapping.ts';

/** The value as JSON; undefined where it holds something that JSON does not, which is reported. */
export function readJson(value: unknown, at: SourcePath, problems: Problems): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => readJson(item, [...at, index], problems) ?? null);
  }
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, readJson(item, [...at, key], problems) ?? null]),
    );
  }
  problems.report({
    at,
    message: `JSON cannot hold ${describeValue(value)} exactly.`,
    hint: 'Put quotes around it, or write a smaller number.',
  });
  return undefined;
}

/** A mapping of JSON values; empty where there is none. */
export function readJsonObject(
  value: unknown,
  at: SourcePath,
  key: string,
  label: string,
  problems: Problems,
): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isMapping(value)) {
    problems.report({
      at,
      message: `${label}: ${quoteName(key)} must be a mapping, found ${describeValue(value)}.`,
      hint: `Write \`${key}: { name: value }\`.`,
    });
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, readJson(item, [...at, name], problems) ?? null]),
  );
}
