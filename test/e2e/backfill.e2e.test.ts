import { expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';
import { loadFixture } from './harness/fixture.ts';
import { startWorkload } from './harness/workload.ts';
import { shopOperations } from './shop-operations.ts';

const users = 4_000;
const seed = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 1_000_000);

/** The shop's users, enough of them that filling takes a while. */
async function largeShop(): Promise<Deployment> {
  const { tables, indexes } = await loadFixture('shop');
  const { users: index } = indexes;
  if (index === undefined) throw new Error('The shop has users.');
  const shop = await Deployment.create({ tables, indexes: { users: index } });
  await shop.database.query(`
    INSERT INTO users SELECT n, 'user ' || n, 'C-' || 1 + n % 8 FROM generate_series(91, ${users}) AS n;
    INSERT INTO profiles SELECT n, n, 'bio of ' || n FROM generate_series(91, ${users}) AS n;
    INSERT INTO orders SELECT u * 10 + o, u, 'new' FROM generate_series(91, ${users}) AS u, generate_series(1, 2) AS o;
    INSERT INTO items SELECT o.id * 10 + i, o.id, 1 + (o.id * 7 + i) % 30, i
      FROM orders AS o, generate_series(1, 2) AS i WHERE o.user_id > 90;
    INSERT INTO user_tags SELECT u, 1 + u % 12 FROM generate_series(91, ${users}) AS u;
    CREATE INDEX ON users (company_code);
    ANALYZE`);
  return shop;
}

test(`what is written all the time while the indexes are filled is in them (seed ${seed})`, async () => {
  await using shop = await largeShop();
  const workload = await startWorkload(shop.database, shopOperations(users), { writers: 3, seed });
  const process = shop.run();
  await process.untilLive(120_000);
  const whileFilling = workload.committed;
  await waitFor(() => workload.committed > whileFilling + 200, { what: 'writes after the fill' });
  await workload.stop();
  expect(whileFilling).toBeGreaterThan(50);
  await shop.converged({ deadlineMs: 90_000 });
  const strayLines = process.log.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(strayLines, 'nothing is said beside the log').toEqual([]);
});

test(`a fill that is killed again and again ends with everything that was written meanwhile (seed ${seed})`, async () => {
  await using shop = await largeShop();
  const workload = await startWorkload(shop.database, shopOperations(users), {
    writers: 2,
    seed: seed + 100,
  });
  for (let round = 0; round < 3; round += 1) {
    const process = shop.run();
    const before = workload.committed;
    await process.untilLogged('documents to be written', ({ msg }) => msg === 'written');
    await waitFor(() => workload.committed > before + 100, { what: 'writes while it fills' });
    await process.kill();
  }
  await shop.run().untilLive(120_000);
  await workload.stop();
  await shop.converged({ deadlineMs: 90_000 });
  const { users: expected } = await shop.expected();
  expect((await shop.indexed('users')).size).toBe(expected?.size);
});
