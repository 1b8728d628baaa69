import assert from 'node:assert/strict';
import type { IndexSchema, RowValues } from '../../contracts/index.ts';
import { parseSchema } from '../../schema/index.ts';
import type { Shop } from './shop.ts';

/** Orders of this region are left out by the schema's filter. */
export const hiddenRegion = 'hidden';

/** One document for each order, with its customer and its items. `more` at the top of the file, `filters` in YAML. */
export function shopSchema(schema: string, more = '', index = 'orders', filters = ''): IndexSchema {
  const at = JSON.stringify(schema);
  return parsed(
    index,
    `
schema: ${at}
table: orders
${more}
filters:
  - {column: region, op: neq, value: ${hiddenRegion}}
${filters}
fields:
  - keyword: region
  - long: number
  - decimal: total
  - text: note
  - belongs_to: customer
    schema: ${at}
    table: customers
    column: customerId
    fields:
      - long: id
      - text: name
  - has_many: items
    schema: ${at}
    table: orderItems
    foreign_key: [orderRegion, orderNumber]
    fields:
      - uuid: id
      - text: title
      - integer: quantity
  - count: itemCount
    schema: ${at}
    table: orderItems
    foreign_key: [orderRegion, orderNumber]
`,
  );
}

/** A schema of one field. */
export function plainSchema(schema: string, table: string, field: string, index: string): IndexSchema {
  return parsed(index, `schema: ${JSON.stringify(schema)}\ntable: ${table}\nfields:\n  - ${field}\n`);
}

function parsed(index: string, yaml: string): IndexSchema {
  const { schema, diagnostics } = parseSchema(yaml, `${index}.schema.yml`, index);
  if (schema === null) throw new Error(`The kit's own schema is wrong: ${JSON.stringify(diagnostics)}`);
  return schema;
}

/** Bodies by key, as the rows say. */
export function expectedBodies(shop: Shop): ReadonlyMap<string, string> {
  const orders = shop.rows('orders').filter(({ region }) => region !== hiddenRegion);
  return new Map(orders.map((order) => [keyText(order), bodyOf(shop, order)]));
}

export const keyText = ({ region, number }: RowValues): string => JSON.stringify([region, number]);

function bodyOf(shop: Shop, order: RowValues): string {
  const customer = shop.rows('customers').find(({ id }) => id === order['customerId']);
  const items = shop
    .rows('orderItems')
    .filter((item) => item['orderRegion'] === order['region'] && item['orderNumber'] === order['number'])
    .toSorted((a, b) => ((a['id'] ?? '') < (b['id'] ?? '') ? -1 : 1));
  return object({
    region: text(order['region']),
    number: number(order['number']),
    total: number(order['total']),
    note: text(order['note']),
    customer:
      customer === undefined ? 'null' : object({ id: number(customer['id']), name: text(customer['name']) }),
    items: `[${items
      .map((item) =>
        object({ id: text(item['id']), title: text(item['title']), quantity: number(item['quantity']) }),
      )
      .join(',')}]`,
    itemCount: String(items.length),
  });
}

const text = (value: string | null | undefined): string => JSON.stringify(value ?? null);
const number = (value: string | null | undefined): string => value ?? 'null';
const object = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;

/** The JSON value with every number as the text that it is written as. */
function exactly(json: string): unknown {
  const marked = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"number ${token}"`,
  );
  return JSON.parse(marked);
}

/** The same JSON, digit by digit; order of keys and white space do not count. */
export function assertBody(actual: string | null, expected: string, what: string): void {
  assert.ok(actual !== null, `${what}: deleted, expected ${expected}`);
  assert.deepEqual(exactly(actual), exactly(expected), what);
}
