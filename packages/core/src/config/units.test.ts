import { expect, test } from 'vitest';
import { byteSize, duration, parseByteSize, parseDuration } from './units.ts';

test.each([
  ['0ms', 0],
  ['200ms', 200],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['10', null],
  ['-1s', null],
  ['1 fortnight', null],
  ['99999999999999d', null],
])('the duration %s is %j ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  ['512B', 512],
  ['64KiB', 65_536],
  ['10 MiB', 10_485_760],
  ['1.5GiB', 1_610_612_736],
  ['2TB', 2e12],
  ['10mb', null],
  ['10', null],
])('the size %s is %j bytes', (text, expected) => {
  expect(parseByteSize(text)).toBe(expected);
});

test('as option types they say what is expected', () => {
  expect(duration().parse('10s')).toBe(10_000);
  expect(byteSize().default(1).parse(undefined)).toBe(1);
  expect(
    duration()
      .safeParse(10)
      .error?.issues.map((issue) => issue.message),
  ).toEqual(['must be a duration with its unit, such as `200ms`, `10s`, `5m` or `1h`']);
  expect(byteSize().safeParse('10mb').error?.issues).toMatchObject([{ path: [] }]);
  expect(byteSize().safeParse('99999999TiB').error?.issues[0]?.message).toBe(
    'is larger than Sluice can count',
  );
});
