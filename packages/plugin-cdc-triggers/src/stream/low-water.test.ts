import { expect, test } from 'vitest';
import { LowWater } from './low-water.ts';

test('the mark moves only over ids drawn before every transaction that still runs', () => {
  const low = new LowWater();
  low.deleted({ drawn: 100, xid: 50n });
  low.deleted({ drawn: 200, xid: 60n });
  expect(low.provable(50n)).toBeNull();
  expect(low.provable(51n)).toBe(100);
  low.moved(100, null);
  expect(low.mark).toBe(100);
  expect(low.provable(61n)).toBe(200);
  low.moved(200, 151);
  expect(low.mark).toBe(150);
  expect(low.pending).toBe(false);
});

test('however many deletions wait for a long transaction, few are remembered, and none is invented', () => {
  const low = new LowWater();
  for (let at = 1; at <= 1000; at += 1) low.deleted({ drawn: at * 10, xid: BigInt(at) });
  expect(low.provable(1n)).toBeNull();
  expect(low.provable(2n)).toBe(10);
  expect(low.provable(1001n)).toBe(10_000);
});
