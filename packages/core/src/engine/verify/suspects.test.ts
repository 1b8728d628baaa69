import { expect, test } from 'vitest';
import { Suspects } from './suspects.ts';

const key = (id: string) => ({ key: [id], id, routing: null });

test('every suspect is looked at once, however often it was met, and never more than fit', async () => {
  const looked: string[][] = [];
  const suspects = new Suspects(3, async (keys) => {
    await new Promise((resolve) => setImmediate(resolve));
    looked.push(keys.map(({ id }) => id));
  });
  await Promise.all([suspects.add([key('a'), key('b'), key('a')]), suspects.add([key('b'), key('c')])]);
  await Promise.all(['d', 'e', 'f', 'g'].map((id) => suspects.add([key(id)])));
  await suspects.settle();
  expect(looked.flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  expect(Math.max(...looked.map((keys) => keys.length))).toBeLessThanOrEqual(4);
  expect(suspects.count).toBe(7);
});

test('a failure is told to everybody from then on, so that nobody takes the rest for all', async () => {
  const suspects = new Suspects(2, () => Promise.reject(new Error('the sink is away')));
  await expect(suspects.add([key('a'), key('b')])).rejects.toMatchObject({ name: 'SettleFailure' });
  await expect(suspects.settle()).rejects.toMatchObject({ name: 'SettleFailure' });
});
