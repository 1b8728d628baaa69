import { beforeAll, expect, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectEnded } from './harness/expect-ended.ts';
import { loadFixture } from './harness/fixture.ts';
import { sourceFootprint } from './harness/source-footprint.ts';

// The tests follow on each other.
let shop: Deployment;
let untouched: readonly string[];
beforeAll(async () => {
  shop = await Deployment.create(await loadFixture('shop'));
  untouched = await sourceFootprint(shop.database);
  return () => shop[Symbol.asyncDispose]();
});

test('run --once fills every index, ends with 0 and leaves nothing in the source', async () => {
  expectEnded(await shop.runOnce(), 0);
  await shop.converged();
  expect(await sourceFootprint(shop.database)).toEqual(untouched);
});

test('another run --once takes up everything that changed in between, deletes too', async () => {
  await shop.database.query(`
    DELETE FROM users WHERE id BETWEEN 1 AND 10;
    UPDATE users SET id = 211 WHERE id = 11;
    UPDATE orders SET user_id = 13 WHERE user_id = 12;
    DELETE FROM items WHERE id % 3 = 0;
    INSERT INTO users VALUES (301, 'new', NULL);
    DELETE FROM products WHERE id = 7;
    UPDATE harness.marker SET beat = beat + 1`);
  expectEnded(await shop.runOnce(), 0);
  await shop.converged();
  expect(await sourceFootprint(shop.database)).toEqual(untouched);
});

test('a run --once after nothing changed leaves everything as it is', async () => {
  expectEnded(await shop.runOnce(), 0);
  await shop.converged();
});

test('run --once --keep-capture leaves the capture, and the next one only follows what changed', async () => {
  const first = await shop.runOnce({ args: ['--keep-capture'] });
  expectEnded(first, 0);
  expect(await sourceFootprint(shop.database)).not.toEqual(untouched);

  await shop.database.query("DELETE FROM users WHERE id = 21; UPDATE users SET name = 'kept' WHERE id = 22");
  const second = await shop.runOnce({ args: ['--keep-capture', '--json'] });
  expectEnded(second, 0);
  await shop.converged();
  const { data } = JSON.parse(second.output);
  expect(data).toMatchObject({ outcome: 'complete' });
  // Nothing was filled again: two users changed, and the products whose sales they were.
  expect(data.written).toBeLessThan(20);
});

test('sluice run goes on from what run --once --keep-capture has left, and run --once ends it', async () => {
  await shop.database.query("UPDATE users SET name = 'while nobody looked' WHERE id > 20");
  await shop.start();
  await shop.database.query('DELETE FROM users WHERE id = 23');
  await shop.converged();
  const { code } = await shop.process.stop();
  expect(code).toBe(143);

  const last = await shop.runOnce();
  expectEnded(last, 0);
  expect(await sourceFootprint(shop.database)).toEqual(untouched);
});

test.each(['links', 'partitions', 'identities'])(
  'run --once restores what it had to alter in the tables of %s',
  async (name) => {
    await using deployment = await Deployment.create(await loadFixture(name));
    const before = await sourceFootprint(deployment.database);
    expectEnded(await deployment.runOnce(), 0);
    await deployment.converged();
    expect(await sourceFootprint(deployment.database)).toEqual(before);
  },
);
