import { expect, test } from 'vitest';
import { parseExactJson } from './exact-json.ts';

test('numbers are equal by value and not by spelling', () => {
  expect(parseExactJson('[1.50, 15e-1, -0, 1E2]')).toEqual([1.5, 1.5, 0, 100]);
  expect(parseExactJson('123456789012345678901234567890.10')).toEqual(
    parseExactJson('123456789012345678901234567890.1'),
  );
});

test('numbers that differ in a digit that no double holds differ', () => {
  expect(parseExactJson('9007199254740993')).not.toEqual(parseExactJson('9007199254740992'));
  expect(parseExactJson('0.1000000000000000000001')).not.toEqual(parseExactJson('0.1'));
});

test('what looks like a number inside a string is left alone', () => {
  expect(parseExactJson('{"a 9007199254740993": "\\"1.50 \\\\", "b": [true, null, "ü\\n"]}')).toEqual({
    'a 9007199254740993': '"1.50 \\',
    b: [true, null, 'ü\n'],
  });
});
