import type { StandardSchemaV1 } from '../contracts/index.ts';
import { leafIssues } from './leaf-issues.ts';
import { replaceAt, valueAt } from './plain-data.ts';

/**
 * The input with text read as the number or boolean that an issue expects: an environment variable
 * is always text, and `port: ${PGPORT}` means a number. null where no issue is of that sort.
 */
export function readScalars(input: unknown, issues: readonly StandardSchemaV1.Issue[]): unknown {
  let changed: unknown = null;
  for (const { path, code, fields } of leafIssues(issues)) {
    const text = code === 'invalid_type' ? valueAt(input, path) : undefined;
    const scalar = typeof text === 'string' ? readScalar(text, fields['expected']) : null;
    if (scalar !== null) changed = replaceAt(changed ?? input, path, scalar);
  }
  return changed;
}

function readScalar(text: string, expected: unknown): number | boolean | null {
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : null;
  if (expected !== 'number' && expected !== 'int') return null;
  if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return null;
  return Number(text);
}
