import { beforeAll, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let customers: Deployment;
beforeAll(async () => {
  customers = await Deployment.start(await loadFixture('aggregates'));
  return () => customers[Symbol.asyncDispose]();
});

const badge = (number: number) => `'00000000-0000-4000-8000-0000000000${number}'::uuid`;

test.each(
  Object.entries({
    'of no rows get a first one': "INSERT INTO invoices VALUES (1001, 39, 12.30, 1.5, 'EUR', '2026-05-05')",
    'lose their last row': 'DELETE FROM invoices WHERE customer_id = 1',
    'follow an amount': 'UPDATE invoices SET amount = amount * 2 WHERE customer_id = 2',
    'follow an amount that becomes NULL': 'UPDATE invoices SET amount = NULL WHERE customer_id = 3',
    'follow floats whose sum depends on the order of addition':
      'UPDATE invoices SET weight = 0.1 * id WHERE customer_id IN (4, 5)',
    'follow a row to another root': 'UPDATE invoices SET customer_id = 40 WHERE customer_id = 6',
    'follow a row into a filter': "UPDATE invoices SET currency = 'EUR' WHERE customer_id = 7",
    'follow a row out of a filter': "UPDATE invoices SET currency = 'USD' WHERE customer_id = 8",
    'follow the smallest date': "UPDATE invoices SET due = '2025-01-01' WHERE customer_id = 9",
    'follow the keys of their rows': 'UPDATE invoices SET id = id + 5000 WHERE customer_id = 10',
    'follow the far side of a junction': `UPDATE badges SET rank = 999 WHERE id = ${badge(12)}`,
    'follow a junction row that is added': `INSERT INTO customer_badges VALUES (35, ${badge(13)})`,
    'follow a junction row that is removed': 'DELETE FROM customer_badges WHERE customer_id = 12',
    'follow a far side that is deleted': `DELETE FROM badges WHERE id = ${badge(14)}`,
    'of huge numbers keep every digit': 'UPDATE invoices SET amount = 9999999999.99 WHERE customer_id = 13',
  }),
)('aggregates %s', async (_name, sql) => {
  await expectChange(customers, sql);
});
