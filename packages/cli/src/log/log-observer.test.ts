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

test('documents that are put aside are told of by the first and by sums, with how many there are now', () => {
  const letters = (added: number, cleared: number, total: number) =>
    observer.deadLetters?.({ index: 'users', sink: 'search', generation: 1, added, cleared, total });
  const reject = (id: string) =>
    observer.rejected?.({ index: 'users', sink: 'search', id, reason: 'too large', policy: 'dead_letter' });
  const told = (name: string) => lines.filter(({ msg }) => msg === name);
  letters(0, 0, 0);
  expect(told('dead letters')).toEqual([]);
  letters(0, 0, 3);
  expect(told('dead letters')).toMatchObject([{ level: 40, total: 3 }]);
  for (let n = 1; n <= 1000; n++) {
    reject(`${n}`);
    letters(1, 0, 3 + n);
  }
  letters(0, 2, 1001);
  vi.advanceTimersByTime(10_000);
  expect(told('dead letters').slice(1)).toMatchObject([
    { added: 1, cleared: 0, total: 4 },
    { added: 999, cleared: 2, total: 1001 },
  ]);
  expect(told('rejected')).toMatchObject([
    { id: '1', reason: 'too large', rejected: 1 },
    { id: '1000', rejected: 999 },
  ]);
});
