import type { Field, ScalarType } from '@sluice/core';
import { expect, test } from 'vitest';
import { many, scalar, schema } from '../../test/fixture.ts';
import { constantMapping } from './constant-mapping.ts';
import { indexMapping } from './index-mapping.ts';
import { mappingSize } from './mapping-size.ts';

const defaults = { text_analysis: 'builtin', auto_subfields: true } as const;

function mappingOf(field: Field, options: Parameters<typeof indexMapping>[1] = defaults): unknown {
  const { mappings } = indexMapping(schema([field]), options);
  return Object.values({ ...Object(mappings['properties']) })[0];
}

test('the index is strict and does not guess dates', () => {
  expect(indexMapping(schema([]), defaults).mappings).toEqual({
    dynamic: 'strict',
    date_detection: false,
    properties: {},
  });
});

test('every scalar type, with subfields', () => {
  const types: ScalarType[] = [
    'text',
    'identifier',
    'keyword',
    'enum',
    'uuid',
    'boolean',
    'short',
    'integer',
    'long',
    'float',
    'double',
    'decimal',
    'date',
    'timestamp',
    'binary',
    'json',
  ];
  expect(types.map((type) => [type, mappingOf(scalar('a', type))])).toMatchInlineSnapshot(`
    [
      [
        "text",
        {
          "analyzer": "sluice_text",
          "fields": {
            "keyword": {
              "ignore_above": 256,
              "type": "keyword",
            },
            "keyword_lowercase": {
              "ignore_above": 256,
              "normalizer": "sluice_lowercase",
              "type": "keyword",
            },
          },
          "type": "text",
        },
      ],
      [
        "identifier",
        {
          "analyzer": "sluice_identifier",
          "fields": {
            "keyword": {
              "ignore_above": 256,
              "type": "keyword",
            },
            "keyword_lowercase": {
              "ignore_above": 256,
              "normalizer": "sluice_lowercase",
              "type": "keyword",
            },
          },
          "search_analyzer": "sluice_identifier_search",
          "type": "text",
        },
      ],
      [
        "keyword",
        {
          "fields": {
            "keyword_lowercase": {
              "ignore_above": 256,
              "normalizer": "sluice_lowercase",
              "type": "keyword",
            },
            "text": {
              "analyzer": "sluice_text",
              "type": "text",
            },
          },
          "type": "keyword",
        },
      ],
      [
        "enum",
        {
          "type": "keyword",
        },
      ],
      [
        "uuid",
        {
          "type": "keyword",
        },
      ],
      [
        "boolean",
        {
          "type": "boolean",
        },
      ],
      [
        "short",
        {
          "type": "short",
        },
      ],
      [
        "integer",
        {
          "type": "integer",
        },
      ],
      [
        "long",
        {
          "type": "long",
        },
      ],
      [
        "float",
        {
          "type": "float",
        },
      ],
      [
        "double",
        {
          "type": "double",
        },
      ],
      [
        "decimal",
        {
          "type": "double",
        },
      ],
      [
        "date",
        {
          "type": "date",
        },
      ],
      [
        "timestamp",
        {
          "type": "date",
        },
      ],
      [
        "binary",
        {
          "type": "binary",
        },
      ],
      [
        "json",
        {
          "dynamic": true,
          "type": "object",
        },
      ],
    ]
  `);
});

test('without auto_subfields only the analyzers are left', () => {
  const plain = { ...defaults, auto_subfields: false };
  expect(mappingOf(scalar('a', 'text'), plain)).toEqual({ type: 'text', analyzer: 'sluice_text' });
  expect(mappingOf(scalar('a', 'keyword'), plain)).toEqual({ type: 'keyword' });
});

test('a custom type is what the field says', () => {
  const custom = { postgres: ['numeric'], opensearch: 'scaled_float' };
  expect(mappingOf(scalar('a', 'custom', { custom, options: { scaling_factor: 100 } }))).toEqual({
    type: 'scaled_float',
    scaling_factor: 100,
  });
});

test('options win; subfields are added; another type takes the place of the whole mapping', () => {
  const options = { analyzer: 'english', fields: { prefix: { type: 'search_as_you_type' } } };
  expect(mappingOf(scalar('a', 'text', { options }))).toMatchObject({
    type: 'text',
    analyzer: 'english',
    fields: { keyword: { type: 'keyword' }, prefix: { type: 'search_as_you_type' } },
  });
  expect(mappingOf(scalar('a', 'text', { options: { type: 'wildcard' } }))).toEqual({ type: 'wildcard' });
  expect(mappingOf(scalar('a', 'json', { options: { type: 'flat_object' } }))).toEqual({
    type: 'flat_object',
  });
  expect(mappingOf(scalar('a', 'json', { options: { enabled: false } }))).toEqual({
    type: 'object',
    dynamic: true,
    enabled: false,
  });
});

test('variants give an enum a subfield of its rank, with a normalizer per list', () => {
  const level = scalar('level', 'enum', { variants: ['low', 'high'] });
  const again = scalar('again', 'enum', { variants: ['low', 'high'] });
  const other = scalar('other', 'enum', { variants: ['high', 'low'] });
  const { mappings, analysis } = indexMapping(schema([level, again, other]), defaults);
  const sort = (name: string) => Object(mappings['properties'])[name].fields.sort;
  expect(sort('level')).toEqual({
    type: 'keyword',
    normalizer: expect.stringMatching(/^sluice_rank_[0-9a-f]{8}$/),
  });
  expect(sort('again')).toEqual(sort('level'));
  expect(sort('other')).not.toEqual(sort('level'));
  expect(Object.keys(Object(analysis['normalizer']))).toHaveLength(3);
});

test('joins are nested or objects, at any depth, and objects lie within', () => {
  const object: Field = { kind: 'object', name: 'place', fields: [scalar('x', 'long')], options: {}, at: [] };
  expect(mappingOf(many('orders', 'nested', [many('items', 'object', [object])]))).toEqual({
    type: 'nested',
    properties: {
      items: {
        type: 'object',
        properties: { place: { type: 'object', properties: { x: { type: 'long' } } } },
      },
    },
  });
});

test('a geo field is a point, and an aggregate has the type of its value', () => {
  const geo: Field = {
    kind: 'geo',
    name: 'at',
    source: { kind: 'column', column: 'at' },
    required: false,
    options: { ignore_malformed: true },
    at: [],
  };
  expect(mappingOf(geo)).toEqual({ type: 'geo_point', ignore_malformed: true });
  const orders = many('orders', 'nested', []);
  if (orders.kind !== 'join') throw new Error('a join');
  const total: Field = {
    kind: 'aggregate',
    name: 'total',
    function: 'sum',
    relation: orders.relation,
    column: 'price',
    valueType: 'decimal',
    options: {},
    at: [],
  };
  expect(mappingOf(total)).toEqual({ type: 'double' });
});

test('the values of a map are mapped by path, for every kind of JSON leaf', () => {
  const map: Field = {
    kind: 'map',
    name: 'tags',
    column: 'tags',
    values: 'long',
    required: false,
    options: {},
    at: [],
  };
  const { mappings } = indexMapping(schema([many('orders', 'nested', [map])]), defaults);
  expect(mappings['dynamic_templates']).toEqual(
    ['string', 'long', 'double', 'boolean'].map((leaf) => ({
      [`orders.tags_${leaf}`]: {
        path_match: 'orders.tags.*',
        match_mapping_type: leaf,
        mapping: { type: 'long' },
      },
    })),
  );
  expect(mappings['properties']).toEqual({
    orders: { type: 'nested', properties: { tags: { type: 'object', dynamic: true } } },
  });
});

test.each([
  ['a text', { type: 'keyword' }],
  [true, { type: 'boolean' }],
  [1, { type: 'long' }],
  [1.5, { type: 'double' }],
  [null, { type: 'keyword' }],
  [[], { type: 'keyword' }],
  [[1, [2.5]], { type: 'double' }],
  [[1, 'a'], { type: 'keyword' }],
  [[{ a: 1 }, 2], { type: 'object', enabled: false }],
  [
    { a: { b: [] } },
    { type: 'object', properties: { a: { type: 'object', properties: { b: { type: 'keyword' } } } } },
  ],
  [
    [{ a: 1 }, { a: 0.5, b: 'x' }],
    { type: 'object', properties: { a: { type: 'double' }, b: { type: 'keyword' } } },
  ],
])('the constant %j is mapped by its value', (value, mapping) => {
  expect(constantMapping(value)).toEqual(mapping);
});

test('fields, nested joins and levels are counted as OpenSearch counts them', () => {
  const { mappings } = indexMapping(
    schema([scalar('a', 'text'), many('b', 'nested', [many('c', 'nested', [scalar('d', 'long')])])]),
    defaults,
  );
  // a, a.keyword, a.keyword_lowercase, b, b.c, b.c.d
  expect(mappingSize(mappings)).toEqual({ fields: 6, nested: 2, depth: 3, open: false });
});
