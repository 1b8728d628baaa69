import { expect, test } from 'vitest';
import { faster, lighter, type Pace, retryDelay, slower } from './pace.ts';

const ceiling: Pace = { documents: 1000, bytes: 5 * 2 ** 20, concurrency: 4 };

test('a busy server halves everything, down to single documents and one bulk at a time', () => {
  expect(slower(ceiling)).toEqual({ documents: 500, bytes: 2.5 * 2 ** 20, concurrency: 2 });
  let pace = ceiling;
  for (let n = 0; n < 30; n++) pace = slower(pace);
  expect(pace).toEqual({ documents: 1, bytes: 64 * 1024, concurrency: 1 });
});

test('a limit below the smallest stays as it was set', () => {
  expect(slower({ ...ceiling, bytes: 1000 }).bytes).toBe(1000);
});

test('a bulk that is too large halves its own bytes and nothing else', () => {
  expect(lighter(ceiling, 1_000_000)).toEqual({ ...ceiling, bytes: 500_000 });
});

test('full pace returns after a few dozen bulks and then stays the very same', () => {
  let pace = slower(slower(ceiling));
  let bulks = 0;
  while (pace !== ceiling && bulks < 100) {
    pace = faster(pace, ceiling);
    bulks++;
  }
  expect(bulks).toBeGreaterThan(5);
  expect(bulks).toBeLessThan(30);
  expect(faster(pace, ceiling)).toBe(ceiling);
});

test('waits grow with every refusal, jittered, to a few seconds', () => {
  expect([1, 2, 3, 9].map((attempt) => retryDelay(attempt, undefined, 0, 0))).toEqual([50, 100, 200, 1500]);
  expect(retryDelay(1, undefined, 0, 0.999)).toBeCloseTo(100, 0);
});

test('the server may say how long, in seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryDelay(1, '7', now, 0.5)).toBe(7000);
  expect(retryDelay(1, '0', now, 0.5)).toBe(0);
  expect(retryDelay(1, 'Thu, 01 Jan 2026 00:00:02 GMT', now, 0.5)).toBe(2000);
  expect(retryDelay(1, 'Wed, 31 Dec 2025 00:00:00 GMT', now, 0.5)).toBe(0);
  expect(retryDelay(1, 'soon', now, 0)).toBe(50);
});
