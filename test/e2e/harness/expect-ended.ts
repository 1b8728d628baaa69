import { expect } from 'vitest';
import type { Ending } from './sluice-process.ts';

/** Fails with what was logged where the process ended with another code. */
export function expectEnded({ code, log }: Ending, expected: number): void {
  expect({ code, log: code === expected ? '' : log }).toEqual({ code: expected, log: '' });
}
