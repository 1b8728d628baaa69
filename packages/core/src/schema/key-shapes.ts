import { z } from 'zod';
import type { JsonObject } from '../contracts/index.ts';
import { scalarTypeNames } from './scalar-types.ts';

/** How messages and editors speak of a key. */
export interface KeyText {
  /** Completes "must be …". */
  readonly expects: string;
  /** What the key is for, with an example: the hint of an error, the tooltip of an editor. */
  readonly help: string;
  /** The JSON Schema of a key whose value is read by a function of its own. */
  readonly json?: JsonObject;
}

// Not z.registry: its types cannot hold a recursive one such as JsonObject.
const texts = new Map<z.core.$ZodType, KeyText>();

/** The text of a shape; undefined for one that has none. */
export function keyTextOf(shape: z.core.$ZodType): KeyText | undefined {
  return texts.get(shape);
}

/** The shape itself, its text remembered. Each text needs a shape of its own. */
export function told<Shape extends z.core.$ZodType>(shape: Shape, text: KeyText): Shape {
  texts.set(shape, text);
  return shape;
}

/** Postgres cuts longer names (NAMEDATALEN − 1). */
const longestName = 63;

const postgresName = z.string().superRefine((name, context) => {
  const wrong = wrongName(name);
  if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
});

const columnList = z.union([
  postgresName.transform((column): readonly string[] => [column]),
  z
    .array(postgresName)
    .min(1)
    .superRefine((columns, context) => {
      const twice = columns.find((column, index) => columns.indexOf(column) !== index);
      if (twice !== undefined) context.addIssue({ code: 'custom', message: `names \`${twice}\` twice` });
    }),
]);

const scalarType = z.enum(scalarTypeNames);

/** The name of one table, column or database schema, exactly as Postgres holds it. */
export function nameOf(expects: string, help: string) {
  return told(postgresName.clone(), { expects, help });
}

/** One column, or several that are matched in order. */
export function columnsOf(expects: string, help: string) {
  return told(columnList.clone(), { expects: `${expects}, or a list of them`, help });
}

/** A value that is read by a function of its own, with messages of its own. */
export function readElsewhere(expects: string, help: string, json: JsonObject) {
  return told(z.unknown(), { expects, help, json });
}

const list = (definition: string, minItems = 0): JsonObject => ({
  type: 'array',
  ...(minItems > 0 ? { minItems } : {}),
  items: { $ref: `#/$defs/${definition}` },
});

const anyObject: JsonObject = { type: 'object', additionalProperties: true };

/** The keys that mean the same wherever they stand. */
export const keys = {
  table: nameOf(
    'the name of a table',
    '`table` names a table exactly as Postgres holds it, such as `table: orders`.',
  ),
  schema: nameOf(
    'the name of a database schema',
    '`schema` is the database schema of the table, such as `schema: shop`.',
  ),
  primaryKey: columnsOf(
    'a column',
    "`primary_key` is the table's key, such as `primary_key: id`; left out, it is the key the table has.",
  ),
  column: nameOf(
    'the name of a column',
    '`column` is the column to read, such as `column: full_name`; left out, it is named like the field.',
  ),
  ownColumns: columnsOf(
    'a column of this table',
    '`column` is the column of this table that names the related row, such as `column: customer_id`; left out, it is named like the field.',
  ),
  foreignKey: columnsOf(
    'a column of the related table',
    '`foreign_key` is the column of the related table that names this row, such as `foreign_key: customer_id`.',
  ),
  references: columnsOf(
    'a column',
    '`references` are the columns that the key points to, in the same order; left out, the primary key of that side.',
  ),
  aggregated: nameOf(
    'the name of a column of the related table',
    '`column` is the column of the related table that is computed over, such as `column: total`.',
  ),
  fields: readElsewhere(
    'a list of fields',
    '`fields` lists what the document holds, such as `- keyword: email`.',
    list('field', 1),
  ),
  filters: readElsewhere(
    'a list of filters',
    '`filters` choose rows; all of them must hold: `- { column: status, op: eq, value: paid }`.',
    list('filter'),
  ),
  when: readElsewhere(
    'a list of filters',
    '`when` narrows what counts as deleted: a row is deleted where it is marked and these filters hold.',
    list('filter'),
  ),
  orderBy: readElsewhere(
    'a list of columns to order by',
    '`order_by` sorts the related rows: `- { column: created_at, direction: desc }`.',
    list('order', 0),
  ),
  through: readElsewhere(
    'a mapping with `table`, `left_key` and `right_key`',
    '`through` is the junction: `{ table: post_tags, left_key: post_id, right_key: tag_id }`, `left_key` naming this row and `right_key` the related one.',
    { $ref: '#/$defs/through' },
  ),
  softDelete: readElsewhere(
    'a mapping with `column` or `field`',
    '`soft_delete` says which rows count as deleted: `soft_delete: { column: deleted_at }`. NULL and false are alive, any other value is deleted.',
    { $ref: '#/$defs/softDelete' },
  ),
  options: readElsewhere(
    'a mapping',
    '`options` are merged over the OpenSearch mapping of the field and win: `options: { format: strict_date }`.',
    anyObject,
  ),
  settings: readElsewhere(
    'a mapping',
    '`settings` are index settings merged over those of the sink: `settings: { number_of_shards: 3 }`.',
    anyObject,
  ),
  default: readElsewhere(
    'one value',
    '`default` takes the place of NULL: one text, number, `true` or `false`.',
    { type: ['string', 'number', 'boolean', 'null'] },
  ),
  transforms: readElsewhere(
    'a list of transforms',
    '`transforms` change the value in order: `transforms: [trim, lowercase]`.',
    { type: 'array', items: { enum: ['lowercase', 'trim'] } },
  ),
  value: readElsewhere('any value', '`value` is what every document holds.', {}),
  required: told(z.boolean(), {
    expects: '`true` or `false`',
    help: '`required: true` promises that the value is never null; `check` compares that with the database.',
  }),
  limit: told(z.int().min(1), {
    expects: 'a whole number of at least 1',
    help: '`limit` is how many related rows are kept at most, such as `limit: 5`.',
  }),
  as: told(z.enum(['nested', 'object']), {
    expects: '`nested` or `object`',
    help: '`as: nested` lets a query match one related row at a time; `as: object` merges the rows, which is smaller and faster.',
  }),
  valueType: told(scalarType.clone(), {
    expects: 'a scalar type',
    help: '`value_type` is the type of the result, that of the column: `value_type: decimal`.',
  }),
  elementType: told(scalarType.clone(), {
    expects: 'a scalar type',
    help: '`element_type` is the type of each collected key: `element_type: long`.',
  }),
  values: told(scalarType.clone(), {
    expects: 'a scalar type',
    help: '`values` is the type that all values of the map share: `values: text`.',
  }),
  variants: told(z.array(z.string()), {
    expects: 'a list of texts',
    help: '`variants` lists the values from lowest to highest rank: `variants: [low, medium, high]`. Put quotes around numbers.',
  }),
  postgres: told(z.array(z.string().min(1)).min(1), {
    expects: 'a list of Postgres types',
    help: '`postgres` lists the column types that fit: `postgres: [numeric]`.',
  }),
  opensearch: told(z.string().min(1), {
    expects: 'the name of an OpenSearch type',
    help: '`opensearch` is the mapping type: `opensearch: scaled_float`.',
  }),
};

function wrongName(name: string): string | null {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'holds a NUL character, which no Postgres name can';
  if (Buffer.byteLength(name) > longestName) {
    return `is longer than ${longestName} bytes, more than a Postgres name can hold`;
  }
  return null;
}
