import { expect, test } from 'vitest';
import { parseResponse, UnparsedAnswer } from './response-text.ts';

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

test('an answer of whole documents is the text that it is until it is wanted otherwise', () => {
  const text = '{"docs":[{"_id":"1","_version":5,"found":true,"_source":{"n":1.10}}]}';
  const answer = parseResponse(text);
  expect(answer).toBeInstanceOf(UnparsedAnswer);
  expect(answer).toMatchObject({ text });
  expect(answer instanceof UnparsedAnswer ? answer.parsed() : null).toEqual(JSON.parse(text));
});
