import fc from 'fast-check';
import { expect, test } from 'vitest';
import { halves, planBulks } from './plan-bulks.ts';

const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 300 });
const limits = fc.record({
  documents: fc.integer({ min: 1, max: 50 }),
  bytes: fc.integer({ min: 1, max: 10_000 }),
});

test('bulks cover every document once, in order, within the limits', () => {
  fc.assert(
    fc.property(sizes, limits, (bytes, limit) => {
      const bulks = planBulks({ from: 0, to: bytes.length }, (n) => bytes[n] ?? 0, limit);
      let next = 0;
      for (const { from, to } of bulks) {
        expect(from).toBe(next);
        expect(to).toBeGreaterThan(from);
        expect(to - from).toBeLessThanOrEqual(limit.documents);
        const total = bytes.slice(from, to).reduce((sum, size) => sum + size, 0);
        if (to - from > 1) expect(total).toBeLessThanOrEqual(limit.bytes);
        next = to;
      }
      expect(next).toBe(bytes.length);
    }),
  );
});

test('no two neighbours would fit into one bulk', () => {
  fc.assert(
    fc.property(sizes, limits, (bytes, limit) => {
      const bulks = planBulks({ from: 0, to: bytes.length }, (n) => bytes[n] ?? 0, limit);
      for (const [n, { from, to }] of bulks.slice(0, -1).entries()) {
        const total = bytes.slice(from, to).reduce((sum, size) => sum + size, 0);
        const next = bytes[bulks[n + 1]?.from ?? 0] ?? 0;
        expect(to - from === limit.documents || total + next > limit.bytes).toBe(true);
      }
    }),
  );
});

test('a part is planned by itself, and halves are its two parts', () => {
  expect(planBulks({ from: 3, to: 8 }, () => 10, { documents: 2, bytes: 1000 })).toEqual([
    { from: 3, to: 5 },
    { from: 5, to: 7 },
    { from: 7, to: 8 },
  ]);
  expect(halves({ from: 3, to: 8 })).toEqual([
    { from: 3, to: 5 },
    { from: 5, to: 8 },
  ]);
});
