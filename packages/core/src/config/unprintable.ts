import { inspect } from 'node:util';
import { isMapping } from './plain-data.ts';
import type { Redactor } from './secrets.ts';

/**
 * The configuration itself, made to print itself without secrets: by `console.log`, in an assertion, in the
 * dump of an error that holds it. `JSON.stringify` is covered for the whole and for its sections, not for a
 * plugin's options, which somebody may want to compare.
 */
export function unprintable<Config extends object>(config: Config, redactor: Redactor): Config {
  const guard = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const item of value) guard(item, depth);
    if (!isMapping(value)) return;
    const copy = () => printable(value, redactor);
    Object.defineProperty(value, inspect.custom, { value: copy, enumerable: false });
    if (depth < sections) Object.defineProperty(value, 'toJSON', { value: copy, enumerable: false });
    for (const item of Object.values(value)) guard(item, depth + 1);
  };
  guard(config, 0);
  return config;
}

/** The configuration, its sections, and each sink and index. */
const sections = 2;

function printable(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((item) => printable(item, redactor));
  if (value instanceof Map) return `[${value.size} entries]`;
  if (!isMapping(value)) return typeof value === 'function' ? undefined : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printable(item, redactor)]));
}
