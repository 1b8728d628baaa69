import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalText, fieldDifferences, parseExactJson } from './exact-json.ts';

function differences(expected: string, held: string, most = 10) {
  return fieldDifferences(parseExactJson(expected), parseExactJson(held), most);
}

function same(one: string, other: string): boolean {
  return canonicalText(parseExactJson(one)) === canonicalText(parseExactJson(other));
}

test.each([
  ['{"a":1,"b":[1,2]}', '{ "b" : [1, 2], "a" : 1 }'],
  ['{"n":1.50}', '{"n":15e-1}'],
  ['{"n":-0.0}', '{"n":0}'],
  ['{"n":100}', '{"n":1E+2}'],
  ['{"s":"\\u00e9"}', '{"s":"é"}'],
])('%s says the same as %s', (one, other) => {
  expect(same(one, other)).toBe(true);
  expect(differences(one, other)).toEqual([]);
});

test.each([
  ['{"n":9007199254740993}', '{"n":9007199254740992}', 'n'],
  ['{"n":0.1000000000000000055511151231257827}', '{"n":0.1}', 'n'],
  ['{"a":{"b":[{"c":1},{"c":2}]}}', '{"a":{"b":[{"c":1},{"c":3}]}}', 'a.b[1].c'],
  ['{"odd key":1}', '{"odd key":2}', '["odd key"]'],
  ['{"__proto__":1}', '{"__proto__":2}', '__proto__'],
  ['{"s":"n1"}', '{"s":"n01"}', 's'],
])('%s is not %s, because of %s', (one, other, path) => {
  expect(same(one, other)).toBe(false);
  expect(differences(one, other).map((each) => each.path)).toEqual([path]);
});

test('a value of another type is told apart from another value, a missing one and null', () => {
  expect(differences('{"a":1,"b":2,"c":3,"d":null}', '{"a":"1","b":4,"e":5,"d":{}}')).toEqual([
    { path: 'a', expected: '1', held: '"1"', otherType: true },
    { path: 'b', expected: '2', held: '4', otherType: false },
    { path: 'c', expected: '3', held: null, otherType: false },
    { path: 'd', expected: 'null', held: '{}', otherType: false },
    { path: 'e', expected: null, held: '5', otherType: false },
  ]);
});

test('long lists of differences and long values are cut', () => {
  const list = (value: number) => JSON.stringify(Array.from({ length: 50 }, () => value));
  expect(differences(list(1), list(2), 3)).toHaveLength(3);
  const [long] = differences(`"${'x'.repeat(1_000)}"`, '"y"');
  expect(long?.expected?.length).toBeLessThan(250);
});

test('any two values are the same exactly where they are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
      expect(same(a, JSON.stringify(JSON.parse(a), null, 2))).toBe(true);
      expect(differences(a, b).length === 0).toBe(same(a, b));
    }),
  );
});
