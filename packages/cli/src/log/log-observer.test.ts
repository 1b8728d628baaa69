import type { Observer } from '@sluice/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { logObserver } from './log-observer.ts';
import { createLogger } from './logger.ts';

let lines: Record<string, unknown>[] = [];
let observer: Observer;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  observer = logObserver(
    createLogger({ format: 'json', level: 'info', write: (line) => lines.push(JSON.parse(line)) }),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const write = (documents: number) =>
  observer.written?.({ index: 'users', sink: 'search', documents, deletes: 0, conflicts: 0, source: 'live' });
const written = () => lines.filter(({ msg }) => msg === 'written').map(({ documents }) => documents);

test('a write after quiet is told at once, and those right after it as one sum', () => {
  write(1);
  expect(written()).toEqual([1]);
  write(2);
  write(3);
  expect(written()).toEqual([1]);
  vi.advanceTimersByTime(10_000);
  expect(written()).toEqual([1, 5]);
});

test('the end of a run leaves no write untold', () => {
  write(1);
  write(7);
  observer.phase?.('stopped');
  expect(written()).toEqual([1, 7]);
});
