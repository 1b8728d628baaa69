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

test('a sample says what it proves of the rows by what was compared, and of the sink by what was looked up', () => {
  expect(describeSample({ compared: 10_000, listed: 140, rows: 1_000_000 })).toContain(
    'Were 0.03 % of the documents missing or different, or 2.2 % of what the sink holds extra, evenly spread,',
  );
  expect(describeSample({ compared: 200, listed: 0, rows: 500 })).toContain(
    'Were 1.5 % of the documents missing or different, evenly spread,',
  );
  expect(describeSample({ compared: 0, listed: 0, rows: 5 })).toBe('A sample: 0 of about 5 documents.');
});
