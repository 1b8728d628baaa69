import { expect, it } from 'vitest';
import { parseSchema } from './parse-schema.ts';
import { walkFields } from './walk-fields.ts';

it('walks every field before those inside it, with its path in the document', () => {
  const { schema } = parseSchema(
    `table: users
fields:
  - keyword: email
  - has_many: orders
    table: orders
    foreign_key: user_id
    fields:
      - object: price
        fields: [{ decimal: total }]
  - { count: n, table: orders, foreign_key: user_id }
`,
    'f',
    'i',
  );
  const walked = [...walkFields(schema ?? { fields: [] })];
  expect(walked.map(({ path, parents }) => `${path.join('.')} (${parents.length})`)).toEqual([
    'email (0)',
    'orders (0)',
    'orders.price (1)',
    'orders.price.total (2)',
    'n (0)',
  ]);
});
