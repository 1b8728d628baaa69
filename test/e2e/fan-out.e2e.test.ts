import { beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';
import { differences } from './harness/differences.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';
import { printedDocuments } from './harness/printed-documents.ts';

let shop: Deployment;
beforeAll(async () => {
  const fixture = await loadFixture('shop');
  const { users, products } = fixture.indexes;
  if (users === undefined || products === undefined) throw new Error('The shop has users and products.');
  shop = await Deployment.create({
    ...fixture,
    indexes: { users, products: { ...products, sinks: ['lines'] } },
    sinks: { lines: { plugin: 'stdout' } },
  });
  // Standard output keeps no record of what was printed: it is filled where that is asked for.
  await shop.start({ args: ['--backfill'] });
  return () => shop[Symbol.asyncDispose]();
});

/** Resolves when the last line of each document says what it must be. */
async function expectPrinted(): Promise<void> {
  const expected = await shop.expected();
  const look = () =>
    Object.entries(expected).flatMap(([index, documents]) =>
      differences(index, documents, printedDocuments(shop.process.output, index)),
    );
  try {
    await waitFor(() => look().length === 0, { what: 'the lines to say what the rows say' });
  } catch {
    expect(look()).toEqual([]);
  }
}

test('each sink is filled on its own', async () => {
  await shop.converged();
  await expectPrinted();
});

test.each(
  Object.entries({
    'a change': "UPDATE users SET name = 'changed' WHERE id = 1",
    'a delete': 'DELETE FROM users WHERE id = 2',
    'a moved child': 'UPDATE orders SET user_id = 4 WHERE user_id = 3',
    'many changes of one document': Array.from(
      { length: 50 },
      (_, n) => `UPDATE users SET name = 'name ${n}' WHERE id = 5;`,
    ).join(''),
    'a change that every document shows': "UPDATE tags SET name = name || '!'",
  }),
)('%s reaches every sink', async (_name, sql) => {
  await expectChange(shop, sql);
  await expectPrinted();
});

test('an index goes to the sinks it names and to no other', async () => {
  const products = await shop.indexed('products');
  expect(products.size).toBe(0);
  expect(printedDocuments(shop.process.output, 'marker').size).toBe(0);
});
