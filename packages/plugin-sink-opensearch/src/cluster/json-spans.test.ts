import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemSpans, memberSpans } from './json-spans.ts';

function texts(text: string, at = 0): Record<string, string> {
  return Object.fromEntries(
    [...memberSpans(text, at)].map(([key, { from, to }]) => [key, text.slice(from, to)]),
  );
}

test('values are the text that they are, whatever stands in them', () => {
  const text = String.raw`x{ "n" : 12345678901234567890.50 ,"s":"a\"}]\\","o":{"a":[1,{"b":"}"}]} , "e":{},"t":true}`;
  expect(texts(text, 1)).toEqual({
    n: '12345678901234567890.50',
    s: String.raw`"a\"}]\\"`,
    o: '{"a":[1,{"b":"}"}]}',
    e: '{}',
    t: 'true',
  });
  expect(texts('{}')).toEqual({});
});

test('items are found in order', () => {
  const text = '[ {"a":"]"}, 1 ,"x,y",[[]] ]';
  expect(itemSpans(text, 0).map(({ from, to }) => text.slice(from, to))).toEqual([
    '{"a":"]"}',
    '1',
    '"x,y"',
    '[[]]',
  ]);
  expect(itemSpans('[]', 0)).toEqual([]);
});

test('any object and array is cut into what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      fc.boolean(),
      (object, list, wide) => {
        const space = wide ? 2 : undefined;
        const text = JSON.stringify(object, null, space);
        const members = [...memberSpans(text, 0)].map(([key, { from, to }]) => [
          key,
          JSON.parse(text.slice(from, to)),
        ]);
        // A text is parsed either way: `-0` has one spelling in it.
        expect(Object.fromEntries(members)).toEqual(JSON.parse(text));
        const items = JSON.stringify(list, null, space);
        expect(itemSpans(items, 0).map(({ from, to }) => JSON.parse(items.slice(from, to)))).toEqual(
          JSON.parse(items),
        );
      },
    ),
  );
});
