import { suggest } from '../config/suggest.ts';
import type { Filter, FilterOperator, FilterValue, SourcePath } from '../contracts/index.ts';
import { describeValue, quoteName } from './describe-value.ts';
import { lookUp } from './look-up.ts';
import type { Problems } from './problems.ts';
import { isMapping, readMapping } from './read-mapping.ts';
import { columnFilterShape, filterOperators, rawFilterShape } from './shapes.ts';
import { unsupportedFilters } from './unsupported.ts';

const example = '`- { column: status, op: eq, value: paid }`';

/** How people who know another language write an operator. */
const otherSpellings: Readonly<Record<string, FilterOperator>> = {
  '=': 'eq',
  '==': 'eq',
  equals: 'eq',
  is: 'eq',
  '!=': 'neq',
  '<>': 'neq',
  ne: 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  nin: 'not_in',
  'not in': 'not_in',
  null: 'is_null',
  not_null: 'is_not_null',
  exists: 'is_not_null',
  contains: 'ilike',
};

/** A list of filters, AND of all; what is wrong with one does not hide the others. */
export function readFilters(
  raw: unknown,
  at: SourcePath,
  label: string,
  problems: Problems,
): readonly Filter[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) {
    problems.report({
      at,
      message: `${label} must be a list of filters, found ${describeValue(raw)}.`,
      hint: `Write each filter as an item of a list: ${example}.`,
    });
    return [];
  }
  return raw.flatMap((item: unknown, index) => {
    const filter = readFilter(item, [...at, index], label, problems);
    return filter === null ? [] : [filter];
  });
}

function readFilter(raw: unknown, at: SourcePath, list: string, problems: Problems): Filter | null {
  if (!isMapping(raw)) {
    problems.report({
      at,
      message: `A filter in ${list} must be a mapping, found ${describeValue(raw)}.`,
      hint: `Write ${example}, or \`- { raw: "sql" }\`.`,
    });
    return null;
  }
  for (const [key, instead] of Object.entries(unsupportedFilters)) {
    if (!Object.hasOwn(raw, key)) continue;
    problems.report({
      at: [...at, key],
      part: 'key',
      message: `Filters with \`${key}\` are not supported yet.`,
      hint: instead,
    });
    return null;
  }
  return Object.hasOwn(raw, 'raw') ? readRaw(raw, at, problems) : readColumn(raw, at, problems);
}

function readRaw(raw: Readonly<Record<string, unknown>>, at: SourcePath, problems: Problems): Filter | null {
  const label = 'A `raw` filter';
  const read = readMapping(
    rawFilterShape,
    raw,
    {
      label,
      at,
      explain: (key) =>
        Object.hasOwn(columnFilterShape.shape, key)
          ? {
              message: `A filter is either \`raw\` or a column with an operator, found \`raw\` and \`${key}\`.`,
              hint: 'Make two filters of it; all filters of a list must hold.',
              instead: null,
            }
          : null,
    },
    problems,
  );
  if (read === null) return null;
  if (read.raw.trim() === '') {
    problems.report({
      at: [...at, 'raw'],
      message: `${label} is empty.`,
      hint: 'Write a condition in SQL, or remove the filter.',
    });
    return null;
  }
  return { kind: 'raw', sql: read.raw, dependsOn: read.depends_on ?? null, at };
}

function readColumn(
  raw: Readonly<Record<string, unknown>>,
  at: SourcePath,
  problems: Problems,
): Filter | null {
  const label =
    typeof raw['column'] === 'string' ? `The filter on ${quoteName(raw['column'])}` : 'The filter';
  const op = raw['op'];
  if (typeof op === 'string' && !Object.hasOwn(filterOperators, op)) {
    const meant = lookUp(otherSpellings, op.toLowerCase()) ?? suggest(op, Object.keys(filterOperators));
    problems.report({
      at: [...at, 'op'],
      message: `${label}: there is no operator ${quoteName(op)}.`,
      hint: meant === null ? operatorsHint : `Did you mean \`${meant}\`?`,
    });
    return null;
  }
  // An explicit null is a value that cannot be, not one that is missing.
  const nullValue = Object.hasOwn(raw, 'value') && raw['value'] === null;
  const read = readMapping(columnFilterShape, raw, { label, at }, problems);
  if (read === null) return null;
  const values = readValues(read.op, nullValue ? null : read.value, [...at, 'value'], at, label, problems);
  return values === null ? null : { kind: 'column', column: read.column, op: read.op, values, at };
}

const operatorsHint = `Operators: ${Object.keys(filterOperators)
  .map((name) => `\`${name}\``)
  .join(', ')}.`;

function readValues(
  op: FilterOperator,
  value: unknown,
  at: SourcePath,
  filterAt: SourcePath,
  label: string,
  problems: Problems,
): readonly FilterValue[] | null {
  const wrong = (message: string, hint: string, place: SourcePath = at): null => {
    problems.report({ at: place, message: `${label}: ${message}`, hint });
    return null;
  };
  const takes = filterOperators[op];
  if (takes === 'none') {
    if (value === undefined || value === null) return [];
    return wrong(`\`${op}\` takes no \`value\`, found ${describeValue(value)}.`, 'Remove `value`.');
  }
  if (value === undefined) {
    return wrong(`\`${op}\` needs a \`value\`.`, `Write \`value: ${exampleValues[takes]}\`.`, filterAt);
  }
  if (value === null) {
    const instead = op === 'neq' || op === 'not_in' ? 'is_not_null' : 'is_null';
    return wrong(
      `\`${op}\` compares with a value, and null is none.`,
      `Nothing equals NULL in SQL: use \`op: ${instead}\` without \`value\`.`,
    );
  }
  if (takes === 'one') {
    if (Array.isArray(value)) {
      const instead = op === 'eq' ? 'in' : op === 'neq' ? 'not_in' : null;
      return wrong(
        `\`${op}\` takes one value, found ${describeValue(value)}.`,
        instead === null ? 'Write one value.' : `For a list of values use \`op: ${instead}\`.`,
      );
    }
    if ((op === 'like' || op === 'ilike') && typeof value !== 'string') {
      return wrong(
        `\`${op}\` takes a pattern, found ${describeValue(value)}.`,
        'Put quotes around it: `value: "100%"`.',
      );
    }
    const one = readOne(value, at, label, problems);
    return one === null ? null : [one];
  }
  if (!Array.isArray(value)) {
    return wrong(
      `\`${op}\` takes a list of values, found ${describeValue(value)}.`,
      `Write \`value: ${exampleValues[takes]}\`.`,
    );
  }
  if (takes === 'two' && value.length !== 2) {
    return wrong(
      `\`between\` takes exactly two values, found ${value.length}.`,
      'Write the lower and the upper bound: `value: [10, 100]`.',
    );
  }
  if (value.length === 0) {
    return wrong(
      `\`${op}\` needs at least one value, found an empty list.`,
      'List the values, or remove the filter.',
    );
  }
  const values = value.map((item: unknown, index) => readOne(item, [...at, index], label, problems));
  const whole = values.filter((item) => item !== null);
  if (whole.length < values.length) return null;
  const [lower, upper] = whole;
  if (takes === 'two' && typeof lower === 'number' && typeof upper === 'number' && lower > upper) {
    return wrong(
      `\`between\` from ${lower} to ${upper} never holds.`,
      `Write the lower bound first: \`value: [${upper}, ${lower}]\`.`,
    );
  }
  return whole;
}

const exampleValues = { one: 'paid', two: '[10, 100]', many: '[paid, shipped]' } as const;

function readOne(value: unknown, at: SourcePath, label: string, problems: Problems): FilterValue | null {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  problems.report({
    at,
    message: `${label}: a value must be a text, a number, \`true\` or \`false\`, found ${describeValue(value)}.`,
    hint:
      value === null
        ? 'For NULL use `is_null` or `is_not_null`.'
        : 'Put quotes around it to compare it as written.',
  });
  return null;
}
