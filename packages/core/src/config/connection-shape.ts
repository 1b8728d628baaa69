import { z } from 'zod';
import type { ConnectionConfig } from '../contracts/index.ts';
import { isJson } from './plain-data.ts';

/** A connection as one writes it: a URL, or its parts. For options of plugins that need another one too. */
export const connectionShape = z.union([
  z.string().min(1),
  z.strictObject({
    host: z.string().min(1).optional(),
    port: z.int().min(1).max(65_535).optional(),
    user: z.string().min(1).optional(),
    password: z.string().optional(),
    database: z.string().min(1).optional(),
    ssl: z.json().optional(),
  }),
]);

/** What was written, as plugins get it. */
export function connectionConfig(connection: z.output<typeof connectionShape>): ConnectionConfig {
  if (typeof connection === 'string') return connection;
  const { ssl, ...parts } = connection;
  return { ...withoutUndefined(parts), ...(isJson(ssl) ? { ssl } : {}) };
}

function withoutUndefined<Value extends object>(
  value: Value,
): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  // The entries that are left are the ones with a value.
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}
