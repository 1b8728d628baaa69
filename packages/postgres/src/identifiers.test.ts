import { expect, test } from 'vitest';
import { quoteDollar, quoteIdentifier, quoteLiteral, quoteTable } from './identifiers.ts';

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

test('a body between dollar signs cannot end its own quotation', () => {
  expect(quoteDollar('BEGIN END')).toBe('$sluice$BEGIN END$sluice$');
  expect(quoteDollar('NEW."$sluice$; DROP"')).toBe('$sluice1$NEW."$sluice$; DROP"$sluice1$');
  expect(quoteDollar('$sluice$ $sluice1$')).toBe('$sluice2$$sluice$ $sluice1$$sluice2$');
  expect(quoteDollar('ends with $sluice')).toBe('$sluice1$ends with $sluice$sluice1$');
  expect(() => quoteDollar('\0')).toThrow(RangeError);
});
