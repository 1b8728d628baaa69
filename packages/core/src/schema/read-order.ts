import type { OrderBy, SourcePath } from '../contracts/index.ts';
import { describeValue } from './describe-value.ts';
import type { Problems } from './problems.ts';
import { isMapping, readMapping } from './read-mapping.ts';
import { orderShape } from './shapes.ts';

/** `order_by`; empty where there is none. */
export function readOrder(
  raw: unknown,
  at: SourcePath,
  label: string,
  problems: Problems,
): readonly OrderBy[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) {
    const column = typeof raw === 'string' ? raw : 'created_at';
    problems.report({
      at,
      message: `${label}: \`order_by\` must be a list, found ${describeValue(raw)}.`,
      hint: `Write \`order_by: [{ column: ${column}, direction: asc }]\`.`,
    });
    return [];
  }
  return raw.flatMap((item: unknown, index): OrderBy[] => {
    const place = [...at, index];
    if (!isMapping(item)) {
      const column = typeof item === 'string' ? item : 'created_at';
      problems.report({
        at: place,
        message: `${label}: an entry of \`order_by\` must be a mapping, found ${describeValue(item)}.`,
        hint: `Write \`- { column: ${column}, direction: asc }\`.`,
      });
      return [];
    }
    const read = readMapping(orderShape, item, { label: `${label}: \`order_by\``, at: place }, problems);
    if (read === null) return [];
    return [
      { column: read.column, direction: read.direction ?? 'asc', nulls: read.nulls ?? null, at: place },
    ];
  });
}
