import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';

const harmful = fc.constantFrom('\u001b', '\u009b', '\r', '\b', '\u202e', '\u2066', '\u2028', '\u007f');

test('nothing that commands a terminal is left, and what else there is stays', () => {
  const pieces = fc.array(fc.oneof(harmful, fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(pieces, (given) => {
      const text = given.join('');
      const shown = visibleText(text);
      expect(shown).not.toMatch(/(?![\n\t])\p{Cc}|[\u2028-\u202e\u2066-\u2069]/u);
      expect(JSON.parse(visibleText(JSON.stringify(text)))).toBe(text);
    }),
  );
});

test('line breaks, tabs and letters of any script stay as they are', () => {
  const text = 'a\tb\n ünï 日本 😀 שלום';
  expect(visibleText(text)).toBe(text);
});
