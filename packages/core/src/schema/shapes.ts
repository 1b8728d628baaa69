import { z } from 'zod';
import type { AggregateFunction, FilterOperator, JoinType, ScalarType } from '../contracts/index.ts';
import { columnsOf, keys, nameOf, readElsewhere, told } from './key-shapes.ts';
import { lookUp } from './look-up.ts';

/** Every operator, with how many values it takes. */
export const filterOperators: Readonly<Record<FilterOperator, 'none' | 'one' | 'two' | 'many'>> = {
  eq: 'one',
  neq: 'one',
  lt: 'one',
  lte: 'one',
  gt: 'one',
  gte: 'one',
  in: 'many',
  not_in: 'many',
  between: 'two',
  like: 'one',
  ilike: 'one',
  is_null: 'none',
  is_not_null: 'none',
};

/** Every operator's name; a record's keys are its own type, which Object.keys does not say. */
const filterOperatorNames = Object.keys(filterOperators) as readonly FilterOperator[];

/** The whole file. */
export const rootShape = z.strictObject({
  version: told(z.literal(1), {
    expects: '1',
    help: 'This is version 1 of the schema language: write `version: 1`, or leave it out.',
  }).optional(),
  table: keys.table,
  schema: keys.schema.optional(),
  primary_key: keys.primaryKey.optional(),
  doc_id: columnsOf(
    'a column',
    '`doc_id` are the columns that make the `_id` of the document; left out, the primary key.',
  ).optional(),
  routing: nameOf(
    'the name of a column',
    '`routing` is the column whose value routes the document: `routing: tenant_id`.',
  ).optional(),
  soft_delete: keys.softDelete.optional(),
  filters: keys.filters.optional(),
  fields: keys.fields.optional(),
  settings: keys.settings.optional(),
});

export const softDeleteShape = z.strictObject({
  column: nameOf(
    'the name of a column',
    '`column` marks deleted rows: `soft_delete: { column: deleted_at }`.',
  ).optional(),
  field: told(z.string(), {
    expects: 'the document key of a field of this schema',
    help: '`field` is the document key of the field whose column marks deleted rows.',
  }).optional(),
  when: keys.when.optional(),
});

export const columnFilterShape = z.strictObject({
  column: nameOf(
    'the name of a column',
    'A filter names a column: `{ column: status, op: eq, value: paid }`.',
  ),
  op: told(z.enum(filterOperatorNames), {
    expects: 'an operator',
    help: `Operators: ${filterOperatorNames.map((name) => `\`${name}\``).join(', ')}.`,
  }),
  value: readElsewhere(
    'a value',
    'What the column is compared with: one value; a list for `in` and `not_in`; two values for `between`.',
    { type: ['string', 'number', 'boolean', 'array'], items: { type: ['string', 'number', 'boolean'] } },
  ).optional(),
});

export const rawFilterShape = z.strictObject({
  raw: told(z.string(), {
    expects: 'a condition in SQL',
    help: "`raw` is a condition over the row's columns: `{ raw: \"amount > 0 AND currency = 'EUR'\" }`.",
  }),
  depends_on: columnsOf(
    'a column',
    '`depends_on` lists the columns that the SQL reads; left out, they are found in it.',
  ).optional(),
});

export const orderShape = z.strictObject({
  column: nameOf(
    'the name of a column of the related table',
    '`order_by` names columns of the related table: `- { column: created_at, direction: desc }`.',
  ),
  direction: told(z.enum(['asc', 'desc']), {
    expects: '`asc` or `desc`',
    help: '`direction` is `asc` (default) or `desc`.',
  }).optional(),
  nulls: told(z.enum(['first', 'last']), {
    expects: '`first` or `last`',
    help: '`nulls` says where NULL goes; left out, last for asc and first for desc.',
  }).optional(),
});

export const throughShape = z.strictObject({
  table: nameOf('the name of the junction table', '`table` is the junction table, such as `post_tags`.'),
  schema: keys.schema.optional(),
  left_key: columnsOf(
    'a column of the junction',
    '`left_key` is the column of the junction that names this row.',
  ),
  right_key: columnsOf(
    'a column of the junction',
    '`right_key` is the column of the junction that names the related row.',
  ),
});

const scalar = {
  column: keys.column.optional(),
  required: keys.required.optional(),
  default: keys.default.optional(),
  transforms: keys.transforms.optional(),
  options: keys.options.optional(),
};

export const scalarShape = z.strictObject(scalar);
export const enumShape = z.strictObject({ ...scalar, variants: keys.variants.optional() });
export const customShape = z.strictObject({
  ...scalar,
  postgres: keys.postgres,
  opensearch: keys.opensearch,
});
export const constantShape = z.strictObject({
  value: keys.value.optional(),
  options: keys.options.optional(),
});
export const objectShape = z.strictObject({
  fields: keys.fields.optional(),
  options: keys.options.optional(),
});
export const geoShape = z.strictObject({
  lat: nameOf('the name of a column', '`lat` is the column of the latitude.').optional(),
  lon: nameOf('the name of a column', '`lon` is the column of the longitude.').optional(),
  column: keys.column.optional(),
  required: keys.required.optional(),
  options: keys.options.optional(),
});
export const mapShape = z.strictObject({
  values: keys.values,
  column: keys.column.optional(),
  required: keys.required.optional(),
  options: keys.options.optional(),
});

const join = {
  table: keys.table,
  schema: keys.schema.optional(),
  primary_key: keys.primaryKey.optional(),
  references: keys.references.optional(),
  fields: keys.fields.optional(),
  filters: keys.filters.optional(),
  as: keys.as.optional(),
  options: keys.options.optional(),
};

export const joinShapes = {
  belongs_to: z.strictObject({
    ...join,
    column: keys.ownColumns.optional(),
    required: keys.required.optional(),
  }),
  has_one: z.strictObject({
    ...join,
    foreign_key: keys.foreignKey,
    order_by: keys.orderBy.optional(),
    required: keys.required.optional(),
  }),
  has_many: z.strictObject({
    ...join,
    foreign_key: keys.foreignKey,
    order_by: keys.orderBy.optional(),
    limit: keys.limit.optional(),
  }),
  many_to_many: z.strictObject({
    ...join,
    through: keys.through.optional(),
    order_by: keys.orderBy.optional(),
    limit: keys.limit.optional(),
  }),
} as const satisfies Record<JoinType, z.ZodObject>;

const aggregate = {
  table: keys.table,
  schema: keys.schema.optional(),
  primary_key: keys.primaryKey.optional(),
  foreign_key: keys.foreignKey.optional(),
  through: keys.through.optional(),
  references: keys.references.optional(),
  filters: keys.filters.optional(),
  options: keys.options.optional(),
};
const typedAggregate = z.strictObject({
  ...aggregate,
  column: keys.aggregated,
  value_type: keys.valueType,
});

export const aggregateShapes = {
  count: z.strictObject(aggregate),
  sum: typedAggregate,
  avg: z.strictObject({ ...aggregate, column: keys.aggregated }),
  min: typedAggregate,
  max: typedAggregate,
  ids: z.strictObject({ ...aggregate, element_type: keys.elementType }),
} as const satisfies Record<AggregateFunction, z.ZodObject>;

/** The siblings of each scalar type. */
export const scalarShapes: Readonly<Record<ScalarType, z.ZodObject>> = {
  text: scalarShape,
  identifier: scalarShape,
  keyword: scalarShape,
  enum: enumShape,
  uuid: scalarShape,
  boolean: scalarShape,
  short: scalarShape,
  integer: scalarShape,
  long: scalarShape,
  float: scalarShape,
  double: scalarShape,
  decimal: scalarShape,
  date: scalarShape,
  timestamp: scalarShape,
  binary: scalarShape,
  json: scalarShape,
  custom: customShape,
};

/** The siblings of every field type, by type key, in the order of the reference. */
export const fieldShapes: Readonly<Record<string, z.ZodObject>> = {
  ...scalarShapes,
  geo: geoShape,
  map: mapShape,
  object: objectShape,
  constant: constantShape,
  ...joinShapes,
  ...aggregateShapes,
};

/** Every type key that a field can have. */
export const fieldTypeNames: readonly string[] = Object.keys(fieldShapes);

/** The siblings that a type takes. */
export function siblingsOf(type: string): readonly string[] {
  return Object.keys(lookUp(fieldShapes, type)?.shape ?? {});
}
