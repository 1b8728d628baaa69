import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimTarget, firstLimit, gatherFor, nextLimit, nextWait, nextWholeLook } from './pace.ts';

test('the limit grows while rows are small, and shrinks at once where they hold much', () => {
  expect(nextLimit(firstLimit, { rows: 50, changes: 50, bytes: 5000 })).toBe(200);
  expect(nextLimit(5000, { rows: 50, changes: 25_000, bytes: 500_000 })).toBe(10);
  expect(nextLimit(200, { rows: 0, changes: 0, bytes: 0 })).toBe(200);
});

test('whatever the rows hold, the next claim of such rows stays near the target, and is never empty', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 1 << 20 }),
      (rows, each, size) => {
        const limit = nextLimit(rows, { rows, changes: rows * each, bytes: rows * size });
        expect(limit).toBeGreaterThanOrEqual(1);
        if (limit > 1) {
          expect(limit * each).toBeLessThanOrEqual(claimTarget.changes);
          expect(limit * size).toBeLessThanOrEqual(claimTarget.bytes);
        }
      },
    ),
  );
});

test('waits double from 5 ms to the longest', () => {
  expect([0, 1, 2, 3, 20, 1000].map((empty) => nextWait(empty, 1000))).toEqual([5, 10, 20, 40, 1000, 1000]);
});

test('a whole look that is dear is taken a twentieth of the time, and once a second at most', () => {
  expect(nextWholeLook(500, 2)).toBe(500);
  expect(nextWholeLook(500, 20)).toBe(1500);
  expect(nextWholeLook(500, 200)).toBe(4500);
});

test('after few changes the next look waits a moment, unless that has passed; after many it comes at once', () => {
  expect(gatherFor({ changes: 1, within: 4, sinceLook: 0.5 })).toBe(3.5);
  expect(gatherFor({ changes: 1, within: 4, sinceLook: 20 })).toBe(0);
  expect(gatherFor({ changes: 500, within: 4, sinceLook: 0.5 })).toBe(0);
});

test('while changes come fast more of them gather; a few at once after a pause are not fast', () => {
  expect(gatherFor({ changes: 40, within: 4, sinceLook: 0.5 })).toBe(19.5);
  expect(gatherFor({ changes: 40, within: 20, sinceLook: 0.5 })).toBe(19.5);
  expect(gatherFor({ changes: 39, within: 20, sinceLook: 0.5 })).toBe(3.5);
  expect(gatherFor({ changes: 40, within: 1000, sinceLook: 0.5 })).toBe(3.5);
});
