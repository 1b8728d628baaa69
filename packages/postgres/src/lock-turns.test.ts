import { expect, test } from 'vitest';
import { pauseAfter } from './lock-turns.ts';

test('the pauses between two turns for a lock double, up to a bound', () => {
  expect([1, 2, 3, 4, 5, 6, 1000].map((turn) => pauseAfter(turn, 100))).toEqual([
    100, 200, 400, 800, 1600, 1600, 1600,
  ]);
});
