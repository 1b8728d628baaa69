import { expect, test } from 'vitest';
import { isSilent, nextReportAt, statusInterval } from './feedback.ts';

test('news is reported within a tenth of a second, and no news three times per timeout', () => {
  const interval = statusInterval(9000);
  expect(nextReportAt({ acknowledged: 5n, reported: 4n, reportedAt: 1000 }, interval)).toBe(1100);
  expect(nextReportAt({ acknowledged: 5n, reported: 5n, reportedAt: 1000 }, interval)).toBe(4000);
});

test('a server is silent only after a long time', () => {
  expect(isSilent(50_000, 0, 10_000)).toBe(false);
  expect(isSilent(61_000, 0, 10_000)).toBe(true);
  expect(isSilent(61_000, 0, 30_000)).toBe(false);
});
