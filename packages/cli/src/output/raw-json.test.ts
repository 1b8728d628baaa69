import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printEnvelope, successEnvelope } from './envelope.ts';
import { indentJson, RawJson } from './raw-json.ts';

test('any JSON is set as JSON.stringify would set it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('a number keeps all its digits, as text and in the envelope', () => {
  const text = '{"price": 79.50, "id": 9007199254740993}';
  expect(indentJson(text)).toContain('"id": 9007199254740993');
  const envelope = printEnvelope(successEnvelope({ document: new RawJson(text) }));
  expect(envelope).toContain('"price": 79.50');
  expect(JSON.parse(envelope).data.document.price).toBe(79.5);
});
