import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePositions, formatBarrier, formatPosition } from './position.ts';

const positions = fc.record({
  term: fc.bigInt(0n, 3n),
  sequence: fc.bigInt(0n, 20n),
  marker: fc.bigInt(0n, 9n),
});

test('readers follow one another, and each counts its batches', () => {
  expect(comparePositions('1:10:0', '2:1:0')).toBeLessThan(0);
  expect(comparePositions('2:9:0', '2:10:0')).toBeLessThan(0);
  expect(comparePositions('2:10:5', '2:10:5')).toBe(0);
});

test('a barrier is reached where its marker, or a later one, was passed', () => {
  expect(comparePositions('7:1:41', formatBarrier(42n))).toBeLessThan(0);
  expect(comparePositions('7:1:42', formatBarrier(42n))).toBe(0);
  expect(comparePositions('1:1:50', formatBarrier(42n))).toBeGreaterThan(0);
});

test('what is no position of this capture is before everything', () => {
  expect(comparePositions('0/16B3748', '0:0:0')).toBeLessThan(0);
});

test('positions of batches have a total order', () => {
  fc.assert(
    fc.property(positions, positions, positions, (a, b, c) => {
      const [x, y, z] = [a, b, c].map(formatPosition).sort(comparePositions);
      expect(comparePositions(x ?? '', y ?? '')).toBeLessThanOrEqual(0);
      expect(comparePositions(y ?? '', z ?? '')).toBeLessThanOrEqual(0);
      expect(comparePositions(x ?? '', z ?? '')).toBeLessThanOrEqual(0);
      expect(comparePositions(x ?? '', y ?? '')).toBe(-comparePositions(y ?? '', x ?? '') || 0);
    }),
  );
});
