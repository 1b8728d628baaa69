import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, contentHash } from './canonical-json.ts';
import type { IndexSchema } from './contracts/index.ts';
import { schemaContent } from './schema-content.ts';

test('sorts keys, leaves out undefined and writes big numbers with all their digits', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é"' }], a: 9007199254740993n, z: undefined })).toBe(
    '{"a":9007199254740993,"b":[1,{"c":"é\\"","d":null}]}',
  );
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
  expect(() => canonicalJson([undefined])).toThrow(TypeError);
});

test('says the same whatever the order of keys, and only then', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    }),
  );
});

test('hashes to 16 hex digits that never change between versions', () => {
  expect(contentHash({ b: 1, a: 2 })).toBe('d3626ac30a87e6f7');
  expect(contentHash({ a: 2, b: 1 })).toBe(contentHash({ b: 1, a: 2 }));
});

test('drops the places of schema nodes and keeps an `at` of the user', () => {
  const schema: IndexSchema = {
    index: 'users',
    table: { schema: 'public', name: 'users' },
    primaryKey: null,
    docId: null,
    routing: null,
    softDelete: null,
    filters: [{ kind: 'column', column: 'a', op: 'eq', values: [1n], at: ['filters', 0] }],
    fields: [{ kind: 'constant', name: 'c', value: { at: 1 }, options: { at: 2 }, at: ['fields', 0] }],
    settings: { at: 3 },
    at: [],
  };
  expect(canonicalJson(schemaContent(schema))).toBe(
    '{"docId":null,"fields":[{"kind":"constant","name":"c","options":{"at":2},"value":{"at":1}}],' +
      '"filters":[{"column":"a","kind":"column","op":"eq","values":[1]}],"index":"users","primaryKey":null,' +
      '"routing":null,"settings":{"at":3},"softDelete":null,"table":{"name":"users","schema":"public"}}',
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
