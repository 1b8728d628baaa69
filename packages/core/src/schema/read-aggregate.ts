import type { AggregateField, AggregateFunction, Relation, ScalarType } from '../contracts/index.ts';
import { quoteName } from './describe-value.ts';
import { explainFor, type FieldInput } from './field-input.ts';
import { readFilters } from './read-filters.ts';
import { readJsonObject } from './read-json.ts';
import { readMapping } from './read-mapping.ts';
import { checkKeys, readThrough, relatedTable } from './read-relation.ts';
import { aggregateShapes } from './shapes.ts';

const numbers: readonly ScalarType[] = ['short', 'integer', 'long', 'float', 'double', 'decimal'];
const texts: readonly ScalarType[] = ['text', 'identifier', 'keyword', 'enum'];
/** Postgres has no min and max of uuid, boolean or json. */
const ordered: readonly ScalarType[] = [...numbers, ...texts, 'date', 'timestamp'];

/** The types that the result of each can have; null: it is fixed. */
const resultTypes: Readonly<Record<AggregateFunction, readonly ScalarType[] | null>> = {
  count: null,
  avg: null,
  sum: numbers,
  min: ordered,
  max: ordered,
  ids: [...ordered, 'uuid'],
};

/** A related table rolled up into one value. */
export function readAggregate(fn: AggregateFunction, input: FieldInput): AggregateField | null {
  const { raw, at, name, problems, label } = input;
  const own = readOwn(fn, input);
  const table = relatedTable(input);
  const through = readThrough(input, table);
  const keyed = checkOneKey(input);
  const filters = readFilters(raw['filters'], [...at, 'filters'], `${label}: \`filters\``, problems);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  if (own === null || !keyed) return null;
  const typeKey = fn === 'ids' ? 'element_type' : 'value_type';
  const allowed = resultTypes[fn];
  if (allowed !== null && !allowed.includes(own.valueType)) {
    problems.report({
      at: [...at, typeKey],
      message: `${label}: \`${own.valueType}\` cannot be the \`${typeKey}\` of \`${fn}\`.`,
      hint: `It can be ${allowed.join(', ')}.`,
    });
    return null;
  }
  const viaJunction = (raw['through'] ?? null) !== null;
  if (viaJunction && through === null) return null;
  const relation: Relation = {
    join: viaJunction ? 'many_to_many' : 'has_many',
    table,
    columns: own.columns,
    references: own.references,
    through,
    primaryKey: own.primaryKey,
    filters,
  };
  checkKeys(relation, input);
  return {
    kind: 'aggregate',
    name,
    at,
    function: fn,
    relation,
    column: own.column,
    valueType: own.valueType,
    options,
  };
}

/** Rows are found by `foreign_key` or `through`, by exactly one of them. */
function checkOneKey({ raw, at, label, head, problems }: FieldInput): boolean {
  const direct = (raw['foreign_key'] ?? null) !== null;
  const junction = (raw['through'] ?? null) !== null;
  if (direct !== junction) return true;
  const table = typeof raw['table'] === 'string' ? quoteName(raw['table']) : 'the related table';
  if (direct) {
    problems.report({
      at: [...at, 'through'],
      part: 'key',
      message: `${label} has both \`foreign_key\` and \`through\`.`,
      hint: `Keep \`foreign_key\` if it is a column of ${table}, \`through\` if a junction table lies between.`,
    });
  } else {
    problems.report({
      ...head,
      message: `${label} needs \`foreign_key\` or \`through\`.`,
      hint: `Write \`foreign_key: …\`, the column of ${table} that names this row, or \`through\` for a junction table.`,
    });
  }
  return false;
}

interface Own {
  readonly columns: readonly string[];
  readonly references: readonly string[] | null;
  readonly primaryKey: readonly string[] | null;
  readonly column: string | null;
  readonly valueType: ScalarType;
}

function readOwn(fn: AggregateFunction, input: FieldInput): Own | null {
  const { raw, at, label, head, problems } = input;
  const subject = { label, at, head, explain: explainFor(fn, input) };
  switch (fn) {
    case 'count': {
      const read = readMapping(aggregateShapes.count, raw, subject, problems);
      return read === null ? null : { ...common(read), column: null, valueType: 'long' };
    }
    case 'avg': {
      const read = readMapping(aggregateShapes.avg, raw, subject, problems);
      return read === null ? null : { ...common(read), column: read.column, valueType: 'double' };
    }
    case 'ids': {
      const read = readMapping(aggregateShapes.ids, raw, subject, problems);
      return read === null ? null : { ...common(read), column: null, valueType: read.element_type };
    }
    case 'sum':
    case 'min':
    case 'max': {
      const read = readMapping(aggregateShapes[fn], raw, subject, problems);
      return read === null ? null : { ...common(read), column: read.column, valueType: read.value_type };
    }
  }
}

function common(read: {
  readonly foreign_key?: readonly string[] | undefined;
  readonly references?: readonly string[] | undefined;
  readonly primary_key?: readonly string[] | undefined;
}) {
  return {
    columns: read.foreign_key ?? [],
    references: read.references ?? null,
    primaryKey: read.primary_key ?? null,
  };
}
