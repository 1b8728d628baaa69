import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceLocation } from '../errors/index.ts';
import { parseSchema } from './parse-schema.ts';

const valid = `version: 1
table: users
primary_key: [tenant, id]
soft_delete: { field: gone, when: [{ column: a, op: eq, value: 1 }] }
filters:
  - { column: kind, op: between, value: [1, 2] }
  - { raw: "a > b", depends_on: [a, b] }
fields:
  - &id
    integer: id
    required: true
    default: 5
  - { boolean: gone, options: { doc_values: false } }
  - { enum: tier, variants: [low, high], transforms: [trim] }
  - { custom: fee, postgres: [numeric], opensearch: scaled_float }
  - { geo: place, lat: a, lon: b }
  - { map: title, values: text }
  - { constant: kind, value: { a: [1] } }
  - has_many: orders
    table: orders
    foreign_key: [tenant, user_id]
    order_by: [{ column: id, direction: desc, nulls: last }]
    limit: 5
    fields:
      - *id
      - many_to_many: tags
        table: tags
        through: { table: order_tags, left_key: order_id, right_key: tag_id }
        fields: [{ keyword: name }]
  - sum: total
    table: orders
    foreign_key: [tenant, user_id]
    column: total
    value_type: decimal
`;

/** What is wrong with the answer to a file: null, as it is a schema or errors that say where. */
function wrongAnswer(text: string): string | null {
  const { schema, diagnostics, locate } = parseSchema(text, 'f.yml', 'i');
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  if ((schema === null) !== failed) return 'neither or both of schema and errors';
  const lines = text.split('\n').length;
  const inFile = ({ line, column }: SourceLocation): boolean => line >= 1 && line <= lines && column >= 1;
  const bad = diagnostics.find(({ location, message }) => !inFile(location) || message.trim() === '');
  if (bad !== undefined) return JSON.stringify(bad);
  return inFile(locate(['fields', 3, 'nowhere'])) ? null : 'a place outside the file';
}

describe('whatever a file holds, the answer is a schema or errors', { timeout: 60_000 }, () => {
  it('when a line is dropped, doubled or moved', () => {
    const lines = valid.split('\n');
    const position = fc.nat({ max: lines.length - 1 });
    fc.assert(
      fc.property(position, position, fc.constantFrom('drop', 'double', 'move'), (from, to, change) => {
        const changed = [...lines];
        const [line = ''] = changed.splice(from, 1);
        if (change !== 'drop') changed.splice(to, 0, line);
        if (change === 'double') changed.splice(from, 0, line);
        expect(wrongAnswer(changed.join('\n'))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('when a word is replaced by something else', () => {
    const words = [...valid.matchAll(/[\w*&]+/g)].map(({ index, 0: word }) => ({ index, word }));
    const other = fc.oneof(
      fc.constantFrom('null', '5', '-1', '.nan', 'true', '[]', '{}', '""', '*id', '&id', '!!x', '__proto__'),
      fc.constantFrom(...words.map(({ word }) => word)),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...words), other, ({ index, word }, replacement) => {
        expect(
          wrongAnswer(valid.slice(0, index) + replacement + valid.slice(index + word.length)),
        ).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('when a value is replaced by any JSON', () => {
    const keys = [
      'table',
      'primary_key',
      'soft_delete',
      'filters',
      'fields',
      'settings',
      'doc_id',
      'routing',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const document: Record<string, unknown> = { table: 't', fields: [{ keyword: 'a' }] };
        document[key] = value;
        expect(wrongAnswer(JSON.stringify(document))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('when the siblings of a field are any of all siblings with any value', () => {
    const types = [
      'keyword',
      'enum',
      'geo',
      'map',
      'object',
      'constant',
      'belongs_to',
      'has_many',
      'many_to_many',
      'count',
      'sum',
      'ids',
    ];
    const siblings = [
      'column',
      'table',
      'foreign_key',
      'through',
      'fields',
      'filters',
      'order_by',
      'limit',
      'options',
      'default',
      'transforms',
      'variants',
      'values',
      'value_type',
      'references',
      'as',
      'constructor',
      'toString',
    ];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('a', 'text', ['a'], [{ keyword: 'x' }], { table: 't', left_key: 'a', right_key: 'b' }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.dictionary(fc.constantFrom(...siblings), value),
        (type, body) => {
          expect(
            wrongAnswer(JSON.stringify({ table: 't', fields: [{ [type]: 'name', ...body }] })),
          ).toBeNull();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('when it is any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(wrongAnswer(text)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

describe('a file made to exhaust its reader is refused at once', () => {
  const aliases = ['b', 'c', 'd', 'e', 'f', 'g', 'h'];
  it.each([
    ['open brackets', '['.repeat(100_000)],
    ['brackets', `fields: ${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['dashes', `fields:\n${'- '.repeat(100_000)}x`],
    ['complex keys', '? '.repeat(50_000)],
    ['indentation', Array.from({ length: 900 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['an alias inside its anchor', 'table: t\nfields: &f\n  - object: x\n    fields: *f\n'],
    ['a merge of itself', 'a: &a\n  <<: *a\n  b: c\n'],
    [
      'aliases of aliases',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${aliases
        .map(
          (name, index) =>
            `${name}: &${name} [${Array(9)
              .fill(`*${aliases[index - 1] ?? 'a'}`)
              .join(', ')}]`,
        )
        .join('\n')}\n`,
    ],
    ['many aliases', `x: &a { keyword: b }\nfields: [${Array(50_000).fill('*a').join(', ')}]`],
    ['a huge file', `# ${'x'.repeat(600 * 1024)}`],
    [
      'thousands of mistakes',
      `table: t\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')}`,
    ],
  ])('%s', { timeout: 30_000 }, (_, text) => {
    const { schema, diagnostics } = parseSchema(text, 'f.yml', 'i');
    expect(schema).toBeNull();
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(101);
  });
});
