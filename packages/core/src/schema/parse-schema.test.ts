import { describe, expect, it } from 'vitest';
import type { IndexSchema } from '../contracts/index.ts';
import { parseSchema } from './parse-schema.ts';

function parse(text: string): IndexSchema {
  const { schema, diagnostics } = parseSchema(text, 'shop.schema.yml', 'shop');
  expect(diagnostics).toEqual([]);
  if (schema === null) throw new Error('no schema');
  return schema;
}

/** Without the places, which are of no interest to most tests. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'at');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutPlaces(item)]));
}

/** The fields of a root table `users` in `public`. */
function fieldsOf(lines: string): unknown {
  const { fields } = parse(`version: 1\ntable: users\nprimary_key: id\nfields:\n${lines}`);
  return withoutPlaces(fields);
}

describe('a schema', () => {
  it('needs no more than a table and a field', () => {
    expect(withoutPlaces(parse('table: users\nfields: [{ keyword: email }]\n'))).toMatchSnapshot();
  });

  it('says everything about its root', () => {
    const schema = parse(`version: 1
table: Order Lines
schema: shop
primary_key: [orderId, number]
doc_id: [orderId, number]
routing: tenantId
soft_delete:
  column: deletedAt
  when:
    - { column: purged, op: eq, value: true }
filters:
  - { column: kind, op: in, value: [a, 1, true] }
fields:
  - keyword: sku
settings:
  number_of_shards: 3
  analysis: { filter: { short: { type: length, max: 5 } } }
`);
    expect(withoutPlaces(schema)).toMatchSnapshot();
  });

  it('keeps where everything stands', () => {
    const schema = parse(`table: users
soft_delete: { column: gone, when: [{ raw: "a" }] }
filters: [{ column: a, op: is_null }]
fields:
  - has_many: orders
    table: orders
    foreign_key: user_id
    order_by: [{ column: id }]
    fields:
      - object: price
        fields: [{ decimal: total }]
  - many_to_many: tags
    table: tags
    through: { table: user_tags, left_key: user_id, right_key: tag_id }
    fields: [{ keyword: name }]
`);
    const places: string[] = [];
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === 'at' && Array.isArray(value)) places.push(value.join('.'));
      return value;
    });
    expect(new Set(places)).toEqual(
      new Set([
        '',
        'soft_delete',
        'soft_delete.when.0',
        'filters.0',
        'fields.0',
        'fields.0.order_by.0',
        'fields.0.fields.0',
        'fields.0.fields.0.fields.0',
        'fields.1',
        'fields.1.through',
        'fields.1.fields.0',
      ]),
    );
  });

  it('locates a node by its path', () => {
    const { locate } = parseSchema(
      'table: users\nfields:\n  - keyword: email\n    column: mail\n',
      'f.yml',
      'i',
    );
    expect(locate(['fields', 0, 'column'])).toEqual({ file: 'f.yml', line: 4, column: 13, length: 4 });
  });

  it('names the column behind the field of a soft_delete', () => {
    const { softDelete } = parse(
      'table: users\nsoft_delete: { field: gone }\nfields: [{ boolean: gone, column: is_deleted }]\n',
    );
    expect(softDelete).toMatchObject({ column: 'is_deleted', when: [] });
  });

  it('takes a key without a value as one that is not there', () => {
    const schema = parse(
      'table: users\nfilters:\nsoft_delete:\nfields:\n  - keyword: email\n    column:\n    default:\n',
    );
    expect(schema.filters).toEqual([]);
    expect(schema.softDelete).toBeNull();
    expect(schema.fields[0]).toMatchObject({ column: 'email', default: null });
  });

  it('resolves anchors, aliases and merge keys', () => {
    expect(
      fieldsOf(`  - &key { keyword: a, required: true }
  - { <<: *key, keyword: b }
  - object: inner
    fields: [*key]
`),
    ).toMatchSnapshot();
  });
});

describe('fields', () => {
  it('can be of every scalar type', () => {
    const types = [
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
    expect(fieldsOf(types.map((type) => `  - ${type}: a_${type}\n`).join(''))).toMatchSnapshot();
  });

  it('take the siblings of a scalar', () => {
    expect(
      fieldsOf(`  - keyword: email
    column: "eMail Address"
    required: true
    default: nobody
    transforms: [trim, lowercase]
    options: { ignore_above: 256, fields: { raw: { type: keyword } } }
  - enum: severity
    variants: [low, medium, high]
  - enum: plain
    variants: []
  - custom: price
    postgres: ["numeric(10,2)", bigint, "character varying[]", my_domain]
    opensearch: scaled_float
    options: { scaling_factor: 100 }
`),
    ).toMatchSnapshot();
  });

  it('take a default of their own type', () => {
    const { fields } = parse(`table: t
fields:
  - { text: a, default: "" }
  - { short: b, default: -32768 }
  - { long: c, default: 9007199254740991 }
  - { decimal: d, default: 0.1 }
  - { boolean: e, default: false }
  - { date: f, default: 2024-02-29 }
  - { timestamp: g, default: 2024-02-29 }
  - { timestamp: h, default: 2024-02-29 12:30 }
  - { timestamp: i, default: 2024-02-29T12:30:00.5+02:00 }
  - { uuid: j, default: 0EC47CC8-2C4C-4A5B-9D0D-0B1E6D3C2A11 }
  - { custom: k, postgres: [int4], opensearch: integer, default: 5 }
`);
    expect(fields.map((field) => (field.kind === 'scalar' ? field.default : null))).toEqual([
      '',
      -32768,
      9007199254740991,
      0.1,
      false,
      '2024-02-29',
      '2024-02-29T00:00:00Z',
      '2024-02-29T12:30:00Z',
      '2024-02-29T12:30:00.5+02:00',
      '0ec47cc8-2c4c-4a5b-9d0d-0b1e6d3c2a11',
      5,
    ]);
  });

  it('can be objects, maps, points and constants', () => {
    expect(
      fieldsOf(`  - object: address
    options: { dynamic: false }
    fields:
      - { keyword: city, column: address_city }
      - object: geo
        fields: [{ keyword: _id }]
  - map: title
    column: titles
    values: text
    required: true
  - { geo: here, lat: latitude, lon: longitude, required: true }
  - { geo: there, column: point }
  - geo: home
  - { constant: kind, value: user }
  - { constant: nothing }
  - { constant: deep, value: { a: [1, null, { b: false }] }, options: { type: object } }
`),
    ).toMatchSnapshot();
  });

  it('may have any name that OpenSearch keeps as one field', () => {
    const { fields } = parse(
      'table: t\nfields: [{ text: Straße }, { text: "a b" }, { text: _hidden }, { text: x-y }]\n',
    );
    expect(fields.map(({ name }) => name)).toEqual(['Straße', 'a b', '_hidden', 'x-y']);
  });
});

describe('joins', () => {
  it('can be of every kind', () => {
    expect(
      fieldsOf(`  - belongs_to: company
    table: companies
    required: true
    fields: [{ keyword: name }]
  - belongs_to: created_by
    table: users
    column: creator
    references: login
    as: nested
    fields: [{ keyword: email }]
  - has_one: profile
    table: profiles
    foreign_key: user_id
    primary_key: user_id
    order_by:
      - { column: created_at, direction: desc, nulls: last }
      - { column: id }
    fields: [{ text: bio }]
  - has_many: orders
    table: orders
    schema: sales
    foreign_key: user_id
    limit: 5
    as: object
    options: { dynamic: true }
    filters: [{ column: status, op: neq, value: cancelled }]
    fields: [{ decimal: total }]
  - many_to_many: tags
    table: tags
    schema: labels
    primary_key: id
    through: { table: user_tags, left_key: user_id, right_key: tag_id }
    fields: [{ keyword: name }]
`),
    ).toMatchSnapshot();
  });

  it('match lists of columns in order', () => {
    const schema = parse(`table: lines
primary_key: [order_id, number]
fields:
  - has_many: parts
    table: parts
    foreign_key: [order_id, line_number]
    fields: [{ integer: id }]
  - has_many: notes
    table: notes
    foreign_key: line_uid
    references: uid
    fields: [{ integer: id }]
  - belongs_to: order
    table: orders
    column: [tenant, order_id]
    primary_key: [tenant, id]
    fields: [{ integer: id }]
  - many_to_many: tags
    table: tags
    primary_key: [tenant, name]
    through:
      table: line_tags
      schema: links
      left_key: [order_id, line_number]
      right_key: [tenant, tag]
    fields: [{ keyword: name }]
`);
    expect(withoutPlaces(schema.fields)).toMatchSnapshot();
  });

  it('inherit the database schema of the table they hang on', () => {
    const { fields } = parse(`table: users
schema: app
fields:
  - has_many: orders
    table: orders
    schema: sales
    foreign_key: user_id
    fields:
      - belongs_to: product
        table: products
        fields: [{ keyword: sku }]
  - count: friends
    table: users
    through: { table: friendships, left_key: a, right_key: b }
`);
    const [orders, friends] = fields;
    const product = orders?.kind === 'join' ? orders.fields[0] : undefined;
    expect(product?.kind === 'join' && product.relation.table).toEqual({ schema: 'sales', name: 'products' });
    expect(friends?.kind === 'aggregate' && friends.relation.through?.table).toEqual({
      schema: 'app',
      name: 'friendships',
    });
  });

  it('nest as deep as anyone needs', () => {
    let inner = '{ keyword: name }';
    for (let level = 0; level < 30; level += 1) {
      inner = `{ belongs_to: parent, table: nodes, column: parent_id, fields: [${inner}] }`;
    }
    const { fields } = parse(`table: nodes\nfields: [${inner}]\n`);
    expect(fields[0]?.kind).toBe('join');
  });
});

describe('aggregates', () => {
  it('can be of every kind', () => {
    expect(
      fieldsOf(`  - { count: orderCount, table: orders, foreign_key: user_id }
  - sum: lifetimeValue
    table: orders
    foreign_key: user_id
    column: total
    value_type: decimal
    filters: [{ column: status, op: eq, value: paid }]
  - { avg: average, table: orders, foreign_key: user_id, column: total }
  - { min: firstAt, table: orders, foreign_key: user_id, column: at, value_type: timestamp }
  - { max: lastAt, table: orders, foreign_key: user_id, column: at, value_type: timestamp }
  - { ids: orderIds, table: orders, foreign_key: user_id, element_type: long }
  - ids: tagIds
    table: tags
    through: { table: user_tags, left_key: user_id, right_key: tag_id }
    element_type: keyword
    options: { doc_values: false }
`),
    ).toMatchSnapshot();
  });
});

describe('filters', () => {
  it('can have every operator', () => {
    const { filters } = parse(`table: t
filters:
  - { column: a, op: eq, value: 007 }
  - { column: a, op: neq, value: "007" }
  - { column: a, op: lt, value: 1.5 }
  - { column: a, op: lte, value: -1 }
  - { column: a, op: gt, value: 9223372036854775807 }
  - { column: a, op: gte, value: 2024-01-01 }
  - { column: a, op: in, value: [x, 1, true] }
  - { column: a, op: not_in, value: [x] }
  - { column: a, op: between, value: [1, 1] }
  - { column: a, op: like, value: "x%" }
  - { column: a, op: ilike, value: "%X" }
  - { column: a, op: is_null }
  - { column: a, op: is_not_null }
  - { raw: "lower(a) = 'x'" }
  - { raw: "a > b", depends_on: [a, b] }
fields: [{ keyword: a }]
`);
    expect(withoutPlaces(filters)).toMatchSnapshot();
  });
});

describe('a file of version 1 as flusso writes them', () => {
  it('loads unchanged', () => {
    const schema = parse(`# yaml-language-server: $schema=./index.schema.yml
version: 1
table: articles
schema: public
primary_key: id

soft_delete:
  field: state
  when:
    - { column: archived, op: eq, value: true }

filters:
  - { column: kind, op: in, value: [news, blog] }
  - { raw: "length(body) > 0" }

fields:
  - integer: id
    required: false
  - identifier: slug
    required: true
    transforms: [lowercase, trim]
  - enum: state
    required: true
    variants: [draft, published]
  - map: headline
    values: text
    required: true
  - geo: scene
    lat: latitude
    lon: longitude
    required: false
  - custom: fee
    postgres: [numeric]
    opensearch: scaled_float
    required: false
    options: { scaling_factor: 100 }
  - belongs_to: author
    table: people
    column: author_id
    primary_key: id
    required: true
    fields:
      - text: name
        required: true
  - has_many: comments
    table: comments
    foreign_key: article_id
    primary_key: id
    order_by:
      - { column: written_at, direction: desc }
    limit: 10
    filters:
      - { column: hidden, op: is_null }
    fields:
      - text: body
        required: false
  - many_to_many: topics
    table: topics
    through:
      table: article_topics
      left_key: article_id
      right_key: topic_id
    primary_key: id
    fields:
      - keyword: label
        required: true
  - count: commentCount
    table: comments
    foreign_key: article_id
  - max: lastCommentAt
    table: comments
    column: written_at
    value_type: timestamp
    foreign_key: article_id
  - ids: topicIds
    table: topics
    through: { table: article_topics, left_key: article_id, right_key: topic_id }
    element_type: long
  - constant: source
    value: newsroom
`);
    expect(withoutPlaces(schema)).toMatchSnapshot();
  });
});
