import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './units.ts';

test.each([
  [7.4, '7 ms'],
  [1234, '1.2 s'],
  [59_400, '59 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%d ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

describe('a duration on the command line', () => {
  test.each([
    ['30s', 30_000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['30', 's', '', '-5s', '5 days'])('%s is refused', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
