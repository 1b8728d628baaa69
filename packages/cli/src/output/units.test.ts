import { expect, test } from 'vitest';
import { formatDuration } from './units.ts';

test.each([
  [7.4, '7 ms'],
  [1234, '1.2 s'],
  [59_400, '59 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%d ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
