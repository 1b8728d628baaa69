import type { AggregateFunction, JoinType } from '../contracts/index.ts';
import { enumerate, quoteName } from './describe-value.ts';
import type { KeyWords } from './read-mapping.ts';
import { aggregateShapes, fieldTypeNames, joinShapes, siblingsOf } from './shapes.ts';

/**
 * The words for a sibling that another type has and this one does not: why not, and what to write.
 * null: no type has it.
 */
export function explainMisplacedKey(
  type: string,
  label: string,
  key: string,
  value: unknown,
  relatedTable: string | null,
): KeyWords | null {
  const owners = fieldTypeNames.filter((name) => siblingsOf(name).includes(key));
  if (owners.length === 0) return null;
  const message = `${label} takes no ${quoteName(key)}.`;
  const table = relatedTable === null ? 'the related table' : quoteName(relatedTable);
  const written = typeof value === 'string' ? value : null;
  const reason =
    (isJoin(type) ? joinReason(type, key, written, table) : null) ??
    (isAggregate(type) ? aggregateReason(type, key) : null) ??
    otherReason(type, key);
  const instead = isJoin(type) && keySiblings.includes(key) ? keyOf[type] : null;
  return { message, hint: reason ?? `${whoTakes(owners)} ${takes(type)}`, instead };
}

const keySiblings: readonly string[] = ['column', 'foreign_key', 'through'];

/** The sibling that names the key of each join. */
const keyOf: Readonly<Record<JoinType, string>> = {
  belongs_to: 'column',
  has_one: 'foreign_key',
  has_many: 'foreign_key',
  many_to_many: 'through',
};

/** "Joins and aggregates take it." */
function whoTakes(owners: readonly string[]): string {
  if (owners.length <= 4) {
    return `${capital(enumerate(owners.map(quoteName)))} ${owners.length === 1 ? 'takes' : 'take'} it.`;
  }
  const families = [
    ...(owners.some((name) => !isJoin(name) && !isAggregate(name)) ? ['fields of this row'] : []),
    ...(owners.some(isJoin) ? ['joins'] : []),
    ...(owners.some(isAggregate) ? ['aggregates'] : []),
  ];
  return `${capital(enumerate(families))} take it.`;
}

function isJoin(type: string): type is JoinType {
  return Object.hasOwn(joinShapes, type);
}

function isAggregate(type: string): type is AggregateFunction {
  return Object.hasOwn(aggregateShapes, type);
}

function joinReason(type: JoinType, key: string, written: string | null, table: string): string | null {
  if (key === 'column' || key === 'foreign_key' || key === 'through')
    return keyReason(type, key, written, table);
  if (key === 'limit') {
    return type === 'has_one'
      ? 'It keeps one row anyway; `order_by` chooses which.'
      : 'It is the one row that `column` names: there is nothing to limit.';
  }
  if (key === 'order_by') return 'It is the one row that `column` names: there is nothing to order.';
  if (key === 'required') return 'It is always an array, empty where there is no row, never null.';
  return null;
}

function keyReason(type: JoinType, key: string, written: string | null, table: string): string {
  switch (type) {
    case 'belongs_to':
      return key === 'through'
        ? 'Its key lives on this table: write `column`. With a junction table it is `many_to_many`.'
        : `Its key lives on this table: write \`column: ${written ?? 'customer_id'}\`. If ${quoteIf(written)} is a column of ${table}, this is \`has_one\` or \`has_many\`.`;
    case 'has_one':
    case 'has_many':
      return key === 'through'
        ? `Its key lives on ${table}: write \`foreign_key\`. With a junction table it is \`many_to_many\`.`
        : `Its key lives on ${table}: write \`foreign_key: ${written ?? 'customer_id'}\`, the column of ${table} that names this row. If ${quoteIf(written)} is a column of this table, this is \`belongs_to\`.`;
    case 'many_to_many':
      return 'Its keys live on the junction table: write `through: { table: …, left_key: …, right_key: … }`, `left_key` naming this row and `right_key` the related one.';
  }
}

function aggregateReason(type: AggregateFunction, key: string): string | null {
  if (key === 'column') {
    return type === 'count'
      ? 'It counts rows. To count those with a value, add the filter `{ column: …, op: is_not_null }`.'
      : 'It collects the primary key of the related table; `element_type` says its type.';
  }
  if (key === 'value_type') {
    if (type === 'count') return 'A count is always `long`: remove it.';
    if (type === 'avg') return 'An average is always `double`: remove it.';
    return 'Write `element_type`: the type of each collected key.';
  }
  if (key === 'element_type') {
    return type === 'count' || type === 'avg'
      ? 'Its type is fixed: remove it.'
      : 'Write `value_type`; `element_type` goes with `ids`.';
  }
  if (key === 'limit' || key === 'order_by') {
    return 'It is computed over all rows: the order does not matter. `filters` choose rows.';
  }
  if (key === 'fields') return 'It is one value. For the rows themselves use `has_many`.';
  if (key === 'required') {
    return type === 'count' || type === 'ids'
      ? 'It is never null: remove it.'
      : 'It is null where there are no rows: remove it.';
  }
  return null;
}

function otherReason(type: string, key: string): string | null {
  if (key === 'fields')
    return 'For columns of the same row use `object`, for a related table a join such as `has_many`.';
  if (key === 'variants') return `They go with \`enum\`: write \`- enum: …\` instead of \`- ${type}: …\`.`;
  if (type === 'object')
    return `An object has no value of its own: put ${quoteName(key)} on the fields inside. ${takes(type)}`;
  if (type === 'constant' && key === 'column')
    return 'A constant reads no column. To read one, use a scalar type such as `keyword`.';
  return null;
}

function takes(type: string): string {
  return `\`${type}\` takes ${enumerate(siblingsOf(type).map(quoteName))}.`;
}

function quoteIf(written: string | null): string {
  return written === null ? 'it' : quoteName(written);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
