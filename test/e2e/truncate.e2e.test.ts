import { beforeAll, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

// The cases follow on each other: each finds what the one before has left.
let shop: Deployment;
beforeAll(async () => {
  shop = await Deployment.start(await loadFixture('shop'));
  return () => shop[Symbol.asyncDispose]();
});

test.each(
  Object.entries({
    'a has_one table': 'TRUNCATE shipments',
    'a junction': 'TRUNCATE user_tags',
    'a junction that is filled again in the same transaction':
      'TRUNCATE user_tags; INSERT INTO user_tags SELECT id, 1 + id % 12 FROM users WHERE id < 20',
    'the far side of a many_to_many, with its junction': 'TRUNCATE tags CASCADE',
    'a table at the end of the tree': 'TRUNCATE items',
    'a table that is filled again right after': async () => {
      await shop.database.query('INSERT INTO items SELECT o.id * 10, o.id, 3, 1 FROM orders AS o');
      await shop.database.query('TRUNCATE items');
      await shop.database.query('INSERT INTO items SELECT o.id * 10, o.id, 4, 2 FROM orders AS o');
    },
    'several tables in one statement': 'TRUNCATE items, profiles, shipments',
    'the root in a transaction that fills it again': `
      TRUNCATE users CASCADE;
      INSERT INTO users SELECT n, 'second ' || n, 'C-1' FROM generate_series(1, 30) AS n;
      INSERT INTO orders SELECT n, n, 'second' FROM generate_series(1, 30) AS n`,
    'the root, again and again': async () => {
      for (let round = 0; round < 4; round += 1) {
        await shop.database.query('TRUNCATE users CASCADE');
        await shop.database.query(
          `INSERT INTO users SELECT n, 'round ${round}', NULL FROM generate_series(1, 30) AS n`,
        );
      }
    },
    'the root with all that hangs on it': 'TRUNCATE users CASCADE',
    'the root of another index, which is a far join of none': 'TRUNCATE products CASCADE',
  }),
)('TRUNCATE of %s', async (_name, writing) => {
  await expectChange(shop, writing);
});

test('a root that was truncated fills again', async () => {
  await expectChange(
    shop,
    `INSERT INTO users SELECT n, 'third ' || n, 'C-2' FROM generate_series(1, 30) AS n;
     INSERT INTO products SELECT n, 'product ' || n, n, 1 FROM generate_series(1, 10) AS n;
     INSERT INTO orders SELECT n, n, 'third' FROM generate_series(1, 30) AS n;
     INSERT INTO items SELECT n, n, 1 + n % 10, n FROM generate_series(1, 30) AS n`,
  );
});
