import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLsn, formatLsn, parseLsn } from './lsn.ts';
import { widenXid } from './xid.ts';

const lsn = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

test('a position is read and printed as Postgres does', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
  expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
  expect(formatLsn(0n)).toBe('0/0');
  for (const wrong of ['', '16', '1/2/3', '16/B374D8480', 'x/0', '16/ 1'])
    expect(() => parseLsn(wrong)).toThrow(RangeError);
});

test('reading undoes printing, and order is that of the numbers', () => {
  fc.assert(
    fc.property(lsn, lsn, (a, b) => {
      expect(parseLsn(formatLsn(a))).toBe(a);
      expect(Math.sign(compareLsn(a, b))).toBe(a === b ? 0 : a < b ? -1 : 1);
    }),
  );
});

test('a 32-bit transaction id is widened to the nearest 64-bit one, across wraparound in both directions', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n << 31n, max: 1n << 62n }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      (reference, distance) => {
        const xid = reference + BigInt(distance);
        expect(widenXid(Number(xid & 0xffff_ffffn), reference)).toBe(xid);
      },
    ),
  );
  expect(widenXid(3, (1n << 32n) - 2n)).toBe((1n << 32n) + 3n);
  expect(widenXid(0xffff_fffe, (1n << 32n) + 5n)).toBe((1n << 32n) - 2n);
});
