import { expect, test } from 'vitest';
import { describeSample, parseSample } from './sample.ts';

test.each([
  ['1%', { share: 0.01 }],
  ['0.5%', { share: 0.005 }],
  ['100%', { share: 1 }],
  ['10000', { documents: 10_000 }],
  ['10_000', { documents: 10_000 }],
])('%s is a sample', (text, sample) => {
  expect(parseSample(text)).toEqual(sample);
});

test.each(['', '0', '0%', '101%', '-1', '1.5', 'many', '%', '1e3'])('"%s" is none', (text) => {
  expect(() => parseSample(text)).toThrow(/is no sample/);
});

test('a sample says what it proves', () => {
  expect(describeSample(10_000, 1_000_000)).toContain('Were 0.03 % of all wrong');
  expect(describeSample(0, 5)).toBe('A sample: 0 of about 5 documents.');
});
