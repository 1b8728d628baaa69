import { expect, test } from 'vitest';
import { parseResponse } from './response-text.ts';

test('versions beyond 2^53 keep their digits', () => {
  const text = '{"hits":[{"_id":"1","_version":9223372036854775807},{"_id":"2","_version":12}]}';
  expect(parseResponse(text)).toEqual({
    hits: [
      { _id: '1', _version: '9223372036854775807' },
      { _id: '2', _version: 12 },
    ],
  });
});

test('a text that looks like a version is left alone', () => {
  const id = '"_version":1234567890123456789';
  expect(parseResponse(`{"_id":${JSON.stringify(id)},"_version":1}`)).toEqual({ _id: id, _version: 1 });
});

test('an answer of whole documents stays the text that it is', () => {
  const text = '{"docs":[{"_id":"1","_version":5,"found":true,"_source":{"n":1.10}}]}';
  expect(parseResponse(text)).toBe(text);
});
