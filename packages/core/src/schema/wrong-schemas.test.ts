import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '../config/diagnostics.ts';
import { parseSchema } from './parse-schema.ts';

/** What a user sees for a file. */
function rendered(text: string): string {
  const { schema, diagnostics } = parseSchema(text, 'shop.schema.yml', 'shop');
  expect(schema).toBeNull();
  return `\n${formatDiagnostics(diagnostics, new Map([['shop.schema.yml', text]]))}\n`;
}

/** A file around one field. */
function field(lines: string): string {
  const indented = lines
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return `table: users\nfields:\n  - ${indented.trim()}\n`;
}

/** A file around one join. */
function orders(lines: string): string {
  return field(`has_many: orders\ntable: orders\n${lines}\nfields: [{ integer: id }]`);
}

function filters(lines: string): string {
  return `table: users\nfilters:\n  - ${lines}\nfields: [{ keyword: email }]\n`;
}

const roots: Record<string, string> = {
  'an empty file': '',
  'a list instead of a mapping': '- table: users\n',
  'nothing but a version': 'version: 1\n',
  'another version': 'version: 2\ntable: users\nfields: [{ keyword: email }]\n',
  'a version in quotes': 'version: "1"\ntable: users\nfields: [{ keyword: email }]\n',
  'a misspelt key': 'tabel: users\nfields: [{ keyword: email }]\n',
  'a field type at the top': 'table: users\nkeyword: email\nfields: [{ keyword: email }]\n',
  'a table that is a number': 'table: 5\nfields: [{ keyword: email }]\n',
  'a table without a name': 'table: ""\nfields: [{ keyword: email }]\n',
  'a name that Postgres would cut': `table: ${'x'.repeat(64)}\nfields: [{ keyword: email }]\n`,
  'a key that lists a column twice': 'table: users\nprimary_key: [id, id]\nfields: [{ keyword: email }]\n',
  'a key that is an empty list': 'table: users\nprimary_key: []\nfields: [{ keyword: email }]\n',
  'a key of numbers': 'table: users\nprimary_key: [id, 5]\nfields: [{ keyword: email }]\n',
  'no fields': 'table: users\n',
  'empty fields': 'table: users\nfields: []\n',
  'fields as a mapping': 'table: users\nfields:\n  email: keyword\n',
  'both column and field in soft_delete':
    'table: users\nsoft_delete: { column: deleted, field: email }\nfields: [{ keyword: email }]\n',
  'an empty soft_delete': 'table: users\nsoft_delete: {}\nfields: [{ keyword: email }]\n',
  'soft_delete as a text': 'table: users\nsoft_delete: deleted_at\nfields: [{ keyword: email }]\n',
  'soft_delete by a field that is not there':
    'table: users\nsoft_delete: { field: emial }\nfields: [{ keyword: email }]\n',
  'soft_delete by a field without a column':
    'table: users\nsoft_delete: { field: kind }\nfields: [{ constant: kind, value: user }]\n',
  'settings as a list': 'table: users\nsettings: [1]\nfields: [{ keyword: email }]\n',
  'a key given twice': 'table: users\ntable: orders\nfields: [{ keyword: email }]\n',
  'text that is not YAML': 'table: [users\n',
};

const fields: Record<string, string> = {
  'no type': field('column: email\nrequired: true'),
  'a misspelt type': field('keywrod: email'),
  'a misspelt type with siblings': field('bigint: id\ncolumn: id'),
  'two types': field('keyword: email\ntext: email'),
  'name and type apart': field('name: email\ntype: keyword'),
  'a field that is only a text': 'table: users\nfields:\n  - email\n',
  'a document key that is a number': field('keyword: 5'),
  'a document key that is missing': field('keyword:\ncolumn: email'),
  'a document key with a dot': field('keyword: address.city'),
  'a document key of OpenSearch': field('keyword: _id'),
  'a document key with a star': field('keyword: "a*"'),
  'a document key used twice': 'table: users\nfields:\n  - keyword: email\n  - text: email\n',
  'a type named like a method': field('constructor: email'),
  'a sibling named like a method': field('keyword: email\ntoString: x'),
  'a transform named like a method': field('keyword: email\ntransforms: [constructor]'),
  'a misspelt sibling': field('keyword: email\ncolum: e_mail'),
  'a sibling of another type': field('keyword: email\nlimit: 5'),
  'variants without enum': field('keyword: status\nvariants: [a, b]'),
  'a sibling of joins': field('keyword: email\nforeign_key: user_id'),
  'required as a text': field('keyword: email\nrequired: yes'),
  'a column that is a list': field('keyword: email\ncolumn: [a, b]'),
  'a default that is a list': field('keyword: tags\ndefault: [a]'),
  'a default of another type': field('integer: age\ndefault: none'),
  'a default out of range': field('short: age\ndefault: 70000'),
  'a default text without quotes': field('keyword: code\ndefault: 0'),
  'a default that is no date': field('date: day\ndefault: 2026-02-30'),
  'a default for json': field('json: data\ndefault: x'),
  'a duplicate variant': field('enum: status\nvariants: [low, high, low]'),
  'variants that are numbers': field('enum: status\nvariants: [1, 2]'),
  'an empty variant': field('enum: status\nvariants: [""]'),
  'a misspelt transform': field('keyword: email\ntransforms: [lowercas]'),
  'transforms of a number': field('integer: age\ntransforms: [trim]'),
  'transforms as a text': field('keyword: email\ntransforms: trim'),
  'options as a text': field('keyword: email\noptions: none'),
  'a number that JSON cannot hold': field('keyword: email\noptions: { ignore_above: .inf }'),
  'custom without its types': field('custom: price'),
  'a geo of one coordinate': field('geo: place\nlat: latitude'),
  'a geo of column and coordinates': field('geo: place\nlat: latitude\nlon: longitude\ncolumn: point'),
  'a map without values': field('map: title'),
  'a map of json': field('map: title\nvalues: json'),
  'a map of a misspelt type': field('map: title\nvalues: keywrd'),
  'an object with a column': field('object: address\ncolumn: city\nfields: [{ keyword: city }]'),
  'an object without fields': field('object: address'),
  'a constant that reads a column': field('constant: kind\ncolumn: kind'),
};

const joins: Record<string, string> = {
  'has_many with column': orders('column: user_id'),
  'has_many without a key': orders(''),
  'has_many with through': orders('through: { table: t, left_key: a, right_key: b }'),
  'has_many with required': orders('foreign_key: user_id\nrequired: true'),
  'has_many without a table': field('has_many: orders\nforeign_key: user_id\nfields: [{ integer: id }]'),
  'belongs_to with foreign_key': field(
    'belongs_to: company\ntable: companies\nforeign_key: company_id\nfields: [{ keyword: name }]',
  ),
  'belongs_to with order_by and limit': field(
    'belongs_to: company\ntable: companies\norder_by: [{ column: id }]\nlimit: 1\nfields: [{ keyword: name }]',
  ),
  'has_one with limit': field(
    'has_one: profile\ntable: profiles\nforeign_key: user_id\nlimit: 1\nfields: [{ text: bio }]',
  ),
  'many_to_many without through': field('many_to_many: tags\ntable: tags\nfields: [{ keyword: name }]'),
  'many_to_many with foreign_key': field(
    'many_to_many: tags\ntable: tags\nforeign_key: user_id\nfields: [{ keyword: name }]',
  ),
  'through as a text': field(
    'many_to_many: tags\ntable: tags\nthrough: user_tags\nfields: [{ keyword: name }]',
  ),
  'through without a key': field(
    'many_to_many: tags\ntable: tags\nthrough: { table: user_tags, left: user_id }\nfields: [{ keyword: name }]',
  ),
  'a limit of nothing': orders('foreign_key: user_id\nlimit: 0'),
  'a limit in words': orders('foreign_key: user_id\nlimit: five'),
  'order_by as a text': orders('foreign_key: user_id\norder_by: created_at'),
  'order_by with a misspelt direction': orders(
    'foreign_key: user_id\norder_by: [{ column: id, direction: down }]',
  ),
  'order_by of a text': orders('foreign_key: user_id\norder_by: [created_at]'),
  'another as': orders('foreign_key: user_id\nas: array'),
  'a join without fields': field('has_many: orders\ntable: orders\nforeign_key: user_id\nfields: []'),
  'a key of another length than the root': `table: lines\nprimary_key: [order_id, number]
fields:
  - has_many: parts
    table: parts
    foreign_key: line_id
    fields: [{ integer: id }]
`,
  'a key of another length than references': orders('foreign_key: [a, b]\nreferences: [c]'),
  'a belongs_to of another length': field(
    'belongs_to: line\ntable: lines\ncolumn: [a, b]\nprimary_key: id\nfields: [{ integer: id }]',
  ),
};

const aggregates: Record<string, string> = {
  'a count with a column': field('count: orderCount\ntable: orders\nforeign_key: user_id\ncolumn: id'),
  'a sum without column and type': field('sum: total\ntable: orders\nforeign_key: user_id'),
  'a sum of texts': field(
    'sum: total\ntable: orders\nforeign_key: user_id\ncolumn: total\nvalue_type: keyword',
  ),
  'a maximum of a type to come': field(
    'max: last\ntable: orders\nforeign_key: user_id\ncolumn: ip\nvalue_type: ip',
  ),
  'an average with a type': field(
    'avg: total\ntable: orders\nforeign_key: user_id\ncolumn: total\nvalue_type: double',
  ),
  'ids without a type': field('ids: orderIds\ntable: orders\nforeign_key: user_id'),
  'ids with value_type': field(
    'ids: orderIds\ntable: orders\nforeign_key: user_id\nvalue_type: long\nelement_type: long',
  ),
  'an aggregate without a key': field('count: orderCount\ntable: orders'),
  'an aggregate with two keys': field(
    'count: tagCount\ntable: tags\nforeign_key: user_id\nthrough: { table: t, left_key: a, right_key: b }',
  ),
  'an aggregate with limit and order_by': field(
    'count: orderCount\ntable: orders\nforeign_key: user_id\nlimit: 5\norder_by: [{ column: id }]',
  ),
};

const wrongFilters: Record<string, string> = {
  'filters as a mapping':
    'table: users\nfilters: { column: a, op: eq, value: 1 }\nfields: [{ keyword: email }]\n',
  'a filter that is a text': filters('status = 5'),
  'an operator of SQL': filters('{ column: status, op: "!=", value: paid }'),
  'an operator named like a method': filters('{ column: status, op: constructor, value: 1 }'),
  'a misspelt operator': filters('{ column: status, op: not_inn, value: [paid] }'),
  'no operator': filters('{ column: status, value: paid }'),
  'no column': filters('{ op: eq, value: paid }'),
  'no value': filters('{ column: status, op: eq }'),
  'equal to null': filters('{ column: status, op: eq, value: null }'),
  'not equal to null': filters('{ column: status, op: neq, value: ~ }'),
  'a value where none is taken': filters('{ column: status, op: is_null, value: true }'),
  'a list for one value': filters('{ column: status, op: eq, value: [a, b] }'),
  'one value for a list': filters('{ column: status, op: in, value: paid }'),
  'an empty list': filters('{ column: status, op: in, value: [] }'),
  'between three values': filters('{ column: total, op: between, value: [1, 2, 3] }'),
  'between backwards': filters('{ column: total, op: between, value: [5, 1] }'),
  'a mapping as value': filters('{ column: status, op: eq, value: { a: 1 } }'),
  'null in a list': filters('{ column: status, op: in, value: [a, null] }'),
  'a pattern that is a number': filters('{ column: status, op: like, value: 5 }'),
  'an empty raw filter': filters('{ raw: " " }'),
  'raw with a column': filters('{ raw: "a > 1", column: a }'),
};

const toCome: Record<string, string> = {
  ...Object.fromEntries(
    ['time', 'ip', 'range', 'vector', 'sql', 'exists', 'collect', 'first', 'last'].map((type) => [
      `the type ${type}`,
      field(`${type}: value\ncolumn: value`),
    ]),
  ),
  'array: true': field('keyword: tags\narray: true'),
  time_zone: field('timestamp: at\ntime_zone: Europe/Rome'),
  flatten: orders('foreign_key: user_id\nflatten: true'),
  'a filter with any': filters('any: [{ column: a, op: is_null }]'),
  'a filter with not': filters('not: { column: a, op: is_null }'),
  'the transform uppercase': field('keyword: email\ntransforms: [uppercase]'),
  'the transform truncate': field('keyword: email\ntransforms: [{ truncate: 5 }]'),
};

describe.each([
  ['root', roots],
  ['fields', fields],
  ['joins', joins],
  ['aggregates', aggregates],
  ['filters', wrongFilters],
  ['not supported yet', toCome],
])('a wrong schema: %s', (_, cases) => {
  it.each(Object.entries(cases))('%s', (_name, text) => {
    expect(rendered(text)).toMatchSnapshot();
  });
});

describe('a schema with several mistakes', () => {
  it('shows all of them at once, in the order of the file', () => {
    const text = `version: 3
tabel: users
filters:
  - { column: status, op: equals, value: x }
fields:
  - keyword: email
    requird: true
  - has_many: orders
    column: user_id
    order_by: [{ column: id, dir: asc }]
    fields:
      - keyword: a.b
      - sum: total
        table: lines
      - nothing: here
        fields:
          - integr: id
soft_delete: { field: nope }
`;
    expect(rendered(text)).toMatchSnapshot();
  });

  it('stops at a hundred and says how many more there are', () => {
    const text = `table: users\nfields:\n${'  - keyword: 1\n'.repeat(150)}`;
    const { diagnostics } = parseSchema(text, 'f', 'i');
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.at(-1)?.message).toBe('The file has 50 more problems that are not shown.');
  });

  it('says nothing of a field that is there but wrong when soft_delete names it', () => {
    const { diagnostics } = parseSchema(
      'table: users\nsoft_delete: { field: gone }\nfields: [{ boolean: gone, required: maybe }]\n',
      'f',
      'i',
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '`boolean: gone`: `required` must be `true` or `false`, found the text "maybe".',
    ]);
  });
});
