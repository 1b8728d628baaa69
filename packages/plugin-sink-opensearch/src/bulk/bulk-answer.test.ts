import { expect, test } from 'vitest';
import { parseResponse } from '../cluster/response-text.ts';
import { readBulkAnswer } from './bulk-answer.ts';

test('an answer without errors is read without its items', () => {
  const text = '{"errors":false,"items":[{"index":{"status":201}}]}';
  expect(readBulkAnswer(parseResponse(text), 1)).toEqual({ kind: 'all-accepted' });
});

test('items come in the order of the documents', () => {
  const text =
    '{"errors":true,"items":[{"index":{"status":201}},{"delete":{"status":409,"error":{"type":"t","reason":"r"}}}]}';
  expect(readBulkAnswer(parseResponse(text), 2)).toEqual({
    kind: 'items',
    items: [{ status: 201 }, { status: 409, error: { type: 't', reason: 'r' } }],
  });
});

test.each([
  '<html></html>',
  null,
  {},
  { errors: true },
  { errors: true, items: [] },
  { errors: true, items: [{}] },
])('%j is not the answer to a bulk', (body) => {
  expect(readBulkAnswer(body, 1)).toBeNull();
});
