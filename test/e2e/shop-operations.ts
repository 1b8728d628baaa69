import type { Operation, Random } from './harness/workload.ts';

/**
 * Every kind of write to the shop fixture's tables, on rows that other writers use too. What many
 * documents show is written now and then: one such row is as much work as a thousand others.
 */
export function shopOperations(users: number): readonly Operation[] {
  const user = (random: Random) => random(users);
  const order = (random: Random) => user(random) * 10 + random(2);
  const item = (random: Random) => order(random) * 10 + random(2);
  return [
    { weight: 60, sql: (r) => `UPDATE users SET name = 'name ' || ${r(1e6)} WHERE id = ${user(r)}` },
    { weight: 20, sql: (r) => `DELETE FROM users WHERE id = ${user(r)}` },
    {
      weight: 30,
      sql: (r) => `INSERT INTO users VALUES (${user(r)}, 'back', 'C-${r(8)}') ON CONFLICT DO NOTHING`,
    },
    { weight: 20, sql: (r) => `UPDATE users SET id = ${user(r)} + 100000 WHERE id = ${user(r)}` },
    { weight: 20, sql: (r) => `UPDATE users SET company_code = 'C-${r(8)}' WHERE id = ${user(r)}` },
    { weight: 40, sql: (r) => `UPDATE orders SET status = 's' || ${r(9)} WHERE id = ${order(r)}` },
    { weight: 40, sql: (r) => `UPDATE orders SET user_id = ${user(r)} WHERE id = ${order(r)}` },
    { weight: 20, sql: (r) => `DELETE FROM orders WHERE id = ${order(r)}` },
    {
      weight: 40,
      sql: (r) => `INSERT INTO orders VALUES (${order(r)}, ${user(r)}, 'new') ON CONFLICT DO NOTHING`,
    },
    { weight: 10, sql: (r) => `UPDATE orders SET id = ${order(r)} + 1000000 WHERE id = ${order(r)}` },
    { weight: 40, sql: (r) => `UPDATE items SET quantity = ${r(99)} WHERE id = ${item(r)}` },
    { weight: 40, sql: (r) => `UPDATE items SET order_id = ${order(r)} WHERE id = ${item(r)}` },
    { weight: 20, sql: (r) => `DELETE FROM items WHERE id = ${item(r)}` },
    {
      weight: 40,
      sql: (r) =>
        `INSERT INTO items VALUES (${item(r)}, ${order(r)}, ${r(30)}, ${r(9)})
         ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id`,
    },
    { weight: 20, sql: (r) => `UPDATE items SET product_id = ${r(30)} WHERE id = ${item(r)}` },
    { weight: 1, sql: (r) => `UPDATE products SET price = ${r(9999)} / 100.0 WHERE id = ${r(30)}` },
    { weight: 1, sql: (r) => `UPDATE products SET category_id = ${r(6)} WHERE id = ${r(30)}` },
    { weight: 20, sql: (r) => `INSERT INTO user_tags VALUES (${user(r)}, ${r(12)}) ON CONFLICT DO NOTHING` },
    { weight: 20, sql: (r) => `DELETE FROM user_tags WHERE user_id = ${user(r)}` },
    { weight: 10, sql: (r) => `UPDATE user_tags SET user_id = ${user(r)} WHERE user_id = ${user(r)}` },
    { weight: 1, sql: (r) => `UPDATE tags SET name = 'tag ' || ${r(1e6)} WHERE id = ${r(12)}` },
    { weight: 20, sql: (r) => `UPDATE profiles SET user_id = ${user(r)} WHERE id = ${user(r)}` },
    { weight: 10, sql: (r) => `DELETE FROM profiles WHERE id = ${user(r)}` },
  ];
}
