import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange, expectNoChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

// One running Sluice for all; each case has users of its own.
let shop: Deployment;

beforeAll(async () => {
  shop = await Deployment.start(await loadFixture('shop'));
  return () => shop[Symbol.asyncDispose]();
});

const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'the root': {
    'is inserted': "INSERT INTO users VALUES (101, 'new', 'C-2')",
    'is inserted with a whole tree': `
      INSERT INTO users VALUES (102, 'tree', NULL);
      INSERT INTO profiles VALUES (102, 102, 'bio');
      INSERT INTO orders VALUES (1021, 102, 'new'), (1022, 102, 'paid');
      INSERT INTO items VALUES (10211, 1021, 3, 1), (10221, 1022, NULL, 5);
      INSERT INTO user_tags VALUES (102, 4), (102, 5)`,
    'is updated': "UPDATE users SET name = 'renamed' WHERE id = 1",
    'is deleted, and its tree by cascade': 'DELETE FROM users WHERE id = 2',
    'changes its primary key, and its tree by cascade': 'UPDATE users SET id = 203 WHERE id = 3',
    'swaps its primary key with another': `
      UPDATE users SET id = -4 WHERE id = 4;
      UPDATE users SET id = 4 WHERE id = 5;
      UPDATE users SET id = 5 WHERE id = -4`,
    'is deleted and inserted again in one transaction':
      "DELETE FROM users WHERE id = 6; INSERT INTO users VALUES (6, 'again', 'C-1')",
  },
  'a has_one row': {
    'is inserted': "INSERT INTO profiles VALUES (81, 81, 'late')",
    'is updated': "UPDATE profiles SET bio = 'changed' WHERE user_id = 7",
    'is deleted': 'DELETE FROM profiles WHERE user_id = 8',
    'changes its primary key': 'UPDATE profiles SET id = 209 WHERE id = 9',
    'moves to another root': 'UPDATE profiles SET user_id = 82 WHERE user_id = 10',
    'is let go': 'UPDATE profiles SET user_id = NULL WHERE user_id = 11',
  },
  'a child': {
    'is inserted': "INSERT INTO orders VALUES (123, 12, 'late')",
    'is updated': "UPDATE orders SET status = 'paid' WHERE id = 131",
    'is deleted, and its tree by cascade': 'DELETE FROM orders WHERE id = 141',
    'changes its primary key, and its tree by cascade': 'UPDATE orders SET id = 2151 WHERE id = 151',
    'moves to another root': 'UPDATE orders SET user_id = 17 WHERE id = 161',
    'moves to another root and back': `
      UPDATE orders SET user_id = 17, status = 'moved' WHERE id = 162;
      UPDATE orders SET user_id = 16 WHERE id = 162`,
    'moves while its new root is inserted and its old one deleted': `
      INSERT INTO users VALUES (118, 'heir', NULL);
      UPDATE orders SET user_id = 118 WHERE user_id = 18;
      DELETE FROM users WHERE id = 18`,
    'is let go': 'UPDATE orders SET user_id = NULL WHERE id = 191',
  },
  'a has_one row of a child': {
    'is inserted': "INSERT INTO shipments VALUES (202, 202, 'late')",
    'is updated': "UPDATE shipments SET carrier = 'changed' WHERE order_id = 211",
    'is deleted': 'DELETE FROM shipments WHERE order_id = 221',
    'changes its primary key': 'UPDATE shipments SET id = 2231 WHERE id = 231',
    'moves to another root': 'UPDATE shipments SET order_id = 252 WHERE order_id = 241',
  },
  'a grandchild': {
    'is inserted': 'INSERT INTO items VALUES (2613, 261, 4, 9)',
    'is updated': 'UPDATE items SET quantity = 99 WHERE id = 2711',
    'is deleted': 'DELETE FROM items WHERE id = 2811',
    'changes its primary key': 'UPDATE items SET id = 22911 WHERE id = 2911',
    'moves to another root': 'UPDATE items SET order_id = 311 WHERE id = 3011',
    'moves between children of one root': 'UPDATE items SET order_id = 322 WHERE id = 3211',
    'moves while its parent moves too': `
      UPDATE items SET order_id = 341 WHERE id = 3311;
      UPDATE orders SET user_id = 35 WHERE id = 341;
      UPDATE orders SET user_id = 36 WHERE id = 331`,
    'is deleted after its parent moved': `
      UPDATE orders SET user_id = 38 WHERE id = 371;
      DELETE FROM items WHERE id = 3711`,
  },
  'a belongs_to target deep in the tree': {
    'is pointed to anew': 'UPDATE items SET product_id = 1 + product_id % 30 WHERE id = 3911',
    'is updated': "UPDATE products SET name = 'changed', price = 1234.50 WHERE id = 10",
    'changes its primary key by cascade': 'UPDATE products SET id = 211 WHERE id = 11',
    'is deleted, and the pointers set to NULL': 'DELETE FROM products WHERE id = 12',
  },
  "a belongs_to target's own target": {
    'is pointed to anew': 'UPDATE products SET category_id = 1 + category_id % 6 WHERE id BETWEEN 13 AND 18',
    'is updated': "UPDATE categories SET name = 'changed' WHERE id = 2",
    'changes its primary key by cascade': 'UPDATE categories SET id = 203 WHERE id = 3',
    'is deleted, and the pointers set to NULL': 'DELETE FROM categories WHERE id = 4',
  },
  'a belongs_to target of the root': {
    'is pointed to anew': "UPDATE users SET company_code = 'C-8' WHERE id = 41",
    'is let go': 'UPDATE users SET company_code = NULL WHERE id = 42',
    'is updated': "UPDATE companies SET name = 'changed' WHERE id = 1",
    'changes the column that is referenced': "UPDATE companies SET code = 'C-22' WHERE id = 2",
    'trades the column that is referenced with another': `
      UPDATE companies SET code = 'x' WHERE id = 5;
      UPDATE companies SET code = 'C-5' WHERE id = 6;
      UPDATE companies SET code = 'C-6' WHERE id = 5`,
    'is deleted, and the pointers set to NULL': 'DELETE FROM companies WHERE id = 3',
  },
  'a junction row': {
    'is added': 'INSERT INTO user_tags VALUES (83, 3)',
    'is removed': 'DELETE FROM user_tags WHERE user_id = 44',
    'moves to another root': 'UPDATE user_tags SET user_id = 84 WHERE user_id = 45',
    'points to another row': 'UPDATE user_tags SET tag_id = 1 + tag_id % 12 WHERE user_id = 46',
  },
  'the far side of a many_to_many': {
    'is updated': "UPDATE tags SET name = 'changed' WHERE id = 2",
    'changes its primary key by cascade': 'UPDATE tags SET id = 203 WHERE id = 3',
    'is deleted, and the junction rows by cascade': 'DELETE FROM tags WHERE id = 4',
    "has its own target's name changed": "UPDATE tag_groups SET name = 'changed' WHERE id = 1",
    'has its own target deleted': 'DELETE FROM tag_groups WHERE id = 2',
  },
};

describe.each(Object.entries(cases))('%s', (_what, variants) => {
  test.each(Object.entries(variants))('%s', async (_how, sql) => {
    await expectChange(shop, sql);
  });
});

test('a row that no document holds changes nothing', async () => {
  await expectNoChange(
    shop,
    "INSERT INTO orders VALUES (9001, NULL, 'lost'); INSERT INTO categories VALUES (99, 'empty')",
  );
});

test('all changes at once, out of order', async () => {
  await expectChange(
    shop,
    `UPDATE items SET order_id = o.id FROM orders AS o WHERE o.id % 7 = items.id % 7 AND items.id BETWEEN 5000 AND 6000;
     UPDATE orders SET user_id = 50 + id % 20 WHERE id BETWEEN 500 AND 700;
     DELETE FROM users WHERE id IN (53, 57);
     UPDATE products SET price = price + 1;
     DELETE FROM user_tags WHERE user_id % 3 = 0;
     UPDATE users SET id = id + 1000 WHERE id BETWEEN 60 AND 65`,
  );
});
