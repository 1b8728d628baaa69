import { parseSchema } from '@sluice/core/schema';
import { expect, test } from 'vitest';
import { documentShape, renderShape } from './document-shape.ts';

const text = `
table: users
fields:
  - text: name
  - geo: home
    lat: home_lat
    lon: home_lon
  - count: order_count
    table: orders
    foreign_key: user_id
  - belongs_to: company
    table: companies
    column: company_id
    fields:
      - keyword: name
  - has_many: orders
    table: orders
    foreign_key: user_id
    fields:
      - keyword: status
`;

test('shows the document that a schema describes, types in place of values', () => {
  const { schema } = parseSchema(text, 'users.schema.yml', 'users');
  expect(schema).not.toBeNull();
  if (schema === null) return;
  expect(documentShape(schema)).toEqual({
    name: 'text',
    home: 'geo_point',
    order_count: 'long',
    company: { name: 'keyword' },
    orders: [{ status: 'keyword' }],
  });
  expect(renderShape(documentShape(schema))).toEqual([
    'name: text',
    'home: geo_point',
    'order_count: long',
    'company: {',
    '  name: keyword',
    '}',
    'orders: [',
    '  status: keyword',
    ']',
  ]);
});
