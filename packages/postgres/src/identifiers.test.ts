import { expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral, quoteTable } from './identifiers.ts';

test('identifiers are always quoted, and quotes in them doubled', () => {
  expect(quoteIdentifier('userId')).toBe('"userId"');
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
  expect(quoteTable({ schema: 'My Shop', name: 'order' })).toBe('"My Shop"."order"');
  expect(() => quoteIdentifier('')).toThrow(RangeError);
  expect(() => quoteIdentifier('a\0b')).toThrow(RangeError);
});

test('literals with quotes and backslashes mean themselves', () => {
  expect(quoteLiteral("it's")).toBe("'it''s'");
  expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'");
  expect(() => quoteLiteral('\0')).toThrow(RangeError);
});
