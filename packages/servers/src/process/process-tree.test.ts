import { expect, test } from 'vitest';
import { anyRunning, descendants, runningProcesses } from './process-tree.ts';

test('a tree is a process and all that come from it, parents first', () => {
  const entries = [
    { pid: 4, parent: 3 },
    { pid: 2, parent: 1 },
    { pid: 3, parent: 2 },
    { pid: 5, parent: 2 },
    { pid: 9, parent: 1 },
  ];
  expect(descendants(2, entries)).toEqual([2, 3, 5, 4]);
});

test('this process runs, is the child of its parent, and a pid that nobody has does not run', () => {
  expect(runningProcesses()).toContainEqual({ pid: process.pid, parent: process.ppid });
  expect(anyRunning([process.pid])).toBe(true);
  expect(anyRunning([2 ** 22 + 1])).toBe(false);
});
