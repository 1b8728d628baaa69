import type { ScalarType, SourcePath } from '../contracts/index.ts';
import { describeValue } from './describe-value.ts';
import type { Problems } from './problems.ts';

type Default = string | number | boolean | null;

const wholeNumbers: Partial<Record<ScalarType, readonly [number, number]>> = {
  short: [-32_768, 32_767],
  integer: [-2_147_483_648, 2_147_483_647],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The `default` of a scalar, as the document will hold it; null where there is none. */
export function readDefault(
  type: ScalarType,
  value: unknown,
  at: SourcePath,
  label: string,
  problems: Problems,
): Default {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') {
    problems.report({
      at,
      message: `${label}: \`default\` must be one value, found ${describeValue(value)}.`,
      hint: 'Write one text, number, `true` or `false`; it takes the place of NULL.',
    });
    return null;
  }
  const fitted = fit(type, value);
  if (fitted !== undefined) return fitted;
  const { expects, hint } = expectation(type, value);
  problems.report({
    at,
    message: `${label}: \`default\` must be ${expects}, found ${describeValue(value)}.`,
    hint,
  });
  return null;
}

function fit(type: ScalarType, value: unknown): Default | undefined {
  const range = wholeNumbers[type];
  if (range !== undefined) {
    return Number.isInteger(value) && typeof value === 'number' && value >= range[0] && value <= range[1]
      ? value
      : undefined;
  }
  switch (type) {
    case 'float':
    case 'double':
    case 'decimal':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'date':
      return typeof value === 'string' && isDate(value) ? value : undefined;
    case 'timestamp':
      return typeof value === 'string' ? timestamp(value) : undefined;
    case 'uuid':
      return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
        ? value.toLowerCase()
        : undefined;
    case 'custom':
      if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
      return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
    case 'json':
    case 'binary':
      return undefined;
    default:
      return typeof value === 'string' ? value : undefined;
  }
}

function expectation(type: ScalarType, value: unknown): { expects: string; hint: string } {
  const range = wholeNumbers[type];
  if (range !== undefined) {
    return {
      expects: `a whole number from ${range[0]} to ${range[1]}`,
      hint: 'Write a number without quotes, within the range of the type.',
    };
  }
  switch (type) {
    case 'float':
    case 'double':
    case 'decimal':
    case 'custom':
      return { expects: 'a number', hint: 'Write a number without quotes.' };
    case 'boolean':
      return { expects: '`true` or `false`', hint: 'Write it without quotes; `yes` and `no` are texts.' };
    case 'date':
      return { expects: 'a date', hint: 'Write it as `2026-01-31`.' };
    case 'timestamp':
      return {
        expects: 'a point in time',
        hint: 'Write it as `2026-01-31T12:00:00Z`; without a zone it is UTC.',
      };
    case 'uuid':
      return { expects: 'a UUID', hint: 'Write it as `00000000-0000-0000-0000-000000000000`.' };
    case 'json':
    case 'binary':
      return { expects: `left out for \`${type}\``, hint: 'Remove it: a missing value stays null.' };
    default:
      return { expects: 'a text', hint: `Put quotes around it: \`default: "${String(value)}"\`.` };
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** ISO 8601 with a zone, as timestamps in documents are; undefined where it is none. */
function timestamp(text: string): string | undefined {
  const parts =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  const [, date, time = '00:00:00', zone = 'Z'] = parts ?? [];
  if (date === undefined || !isDate(date)) return undefined;
  const written = `${date}T${time.length === 5 ? `${time}:00` : time}${zone}`;
  return Number.isNaN(Date.parse(written)) ? undefined : written;
}
