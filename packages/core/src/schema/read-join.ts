import type { JoinField, JoinType, Relation } from '../contracts/index.ts';
import { explainFor, type FieldInput } from './field-input.ts';
import { readFilters } from './read-filters.ts';
import { readJsonObject } from './read-json.ts';
import { readMapping } from './read-mapping.ts';
import { readOrder } from './read-order.ts';
import { checkKeys, readThrough, relatedTable } from './read-relation.ts';
import { joinShapes } from './shapes.ts';

/** A related table folded into the document. */
export function readJoin(join: JoinType, input: FieldInput): JoinField | null {
  const { raw, at, name, label, problems } = input;
  const own = readOwn(join, input);
  const table = relatedTable(input);
  const through = join === 'many_to_many' ? readThrough(input, table) : null;
  // With a key of another join its own explanation says so.
  const otherKey = 'foreign_key' in raw || 'column' in raw;
  if (join === 'many_to_many' && (raw['through'] ?? null) === null && !otherKey) {
    problems.report({
      ...input.head,
      message: `${label} needs \`through\`.`,
      hint: 'Its keys live on the junction table: write `through: { table: …, left_key: …, right_key: … }`, `left_key` naming this row and `right_key` the related one.',
    });
  }
  const filters = readFilters(raw['filters'], [...at, 'filters'], `${label}: \`filters\``, problems);
  const orderBy =
    join === 'belongs_to' ? [] : readOrder(raw['order_by'], [...at, 'order_by'], label, problems);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  const fields = input.readFields(
    raw['fields'],
    [...at, 'fields'],
    { table, key: own?.primaryKey ?? null },
    { label, head: input.head, level: 'inner' },
  );
  if (own === null || (join === 'many_to_many' && through === null)) return null;
  const relation: Relation = {
    join,
    table,
    columns: own.columns,
    references: own.references,
    through,
    primaryKey: own.primaryKey,
    filters,
  };
  checkKeys(relation, input);
  const toMany = join === 'has_many' || join === 'many_to_many';
  return {
    kind: 'join',
    name,
    at,
    relation,
    fields,
    orderBy,
    limit: own.limit,
    required: own.required,
    as: own.as ?? (toMany ? 'nested' : 'object'),
    options,
  };
}

interface Own {
  readonly columns: readonly string[];
  readonly references: readonly string[] | null;
  readonly primaryKey: readonly string[] | null;
  readonly limit: number | null;
  readonly required: boolean;
  readonly as: 'nested' | 'object' | undefined;
}

/** The siblings that the shape of each join reads. */
function readOwn(join: JoinType, input: FieldInput): Own | null {
  const { raw, at, name, label, head, problems } = input;
  const subject = { label, at, head, explain: explainFor(join, input) };
  switch (join) {
    case 'belongs_to': {
      const read = readMapping(joinShapes.belongs_to, raw, subject, problems);
      return read === null
        ? null
        : { ...common(read), columns: read.column ?? [name], limit: null, required: read.required ?? false };
    }
    case 'has_one': {
      const read = readMapping(joinShapes.has_one, raw, subject, problems);
      return read === null
        ? null
        : { ...common(read), columns: read.foreign_key, limit: null, required: read.required ?? false };
    }
    case 'has_many': {
      const read = readMapping(joinShapes.has_many, raw, subject, problems);
      return read === null
        ? null
        : { ...common(read), columns: read.foreign_key, limit: read.limit ?? null, required: false };
    }
    case 'many_to_many': {
      const read = readMapping(joinShapes.many_to_many, raw, subject, problems);
      return read === null
        ? null
        : { ...common(read), columns: [], limit: read.limit ?? null, required: false };
    }
  }
}

function common(read: {
  readonly references?: readonly string[] | undefined;
  readonly primary_key?: readonly string[] | undefined;
  readonly as?: 'nested' | 'object' | undefined;
}) {
  return {
    references: read.references ?? null,
    primaryKey: read.primary_key ?? null,
    as: read.as,
  };
}
