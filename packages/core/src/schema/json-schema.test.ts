import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaForSchemaFiles } from './json-schema.ts';
import { fieldTypeNames } from './shapes.ts';

const schema = jsonSchemaForSchemaFiles();
const editor = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));

function accepts(fields: readonly unknown[], rest: object = {}): boolean {
  return editor.safeParse({ table: 'users', fields, ...rest }).success;
}

describe('the JSON Schema of schema files', () => {
  it('explains each key where it stands', () => {
    expect(JSON.stringify(schema)).toContain(
      '"description":"`foreign_key` is the column of the related table',
    );
  });

  it('knows every field type', () => {
    expect(JSON.stringify(schema)).toContain('"title":"many_to_many"');
    for (const type of fieldTypeNames) expect(JSON.stringify(schema)).toContain(`"title":"${type}"`);
  });

  it('accepts what the language has', () => {
    expect(accepts([{ keyword: 'email', transforms: ['trim'], default: 'x', column: null }])).toBe(false);
    expect(accepts([{ keyword: 'email', transforms: ['trim'], default: 'x' }])).toBe(true);
    expect(
      accepts(
        [
          {
            has_many: 'orders',
            table: 'orders',
            foreign_key: ['tenant', 'user_id'],
            order_by: [{ column: 'id', direction: 'desc' }],
            fields: [{ object: 'price', fields: [{ decimal: 'total' }] }],
          },
          { count: 'n', table: 'tags', through: { table: 't', left_key: 'a', right_key: 'b' } },
        ],
        {
          version: 1,
          soft_delete: { column: 'gone' },
          filters: [{ raw: 'a' }, { column: 'a', op: 'is_null' }],
        },
      ),
    ).toBe(true);
  });

  it('refuses what it has not', () => {
    expect(accepts([])).toBe(false);
    expect(accepts([{ keywrod: 'email' }])).toBe(false);
    expect(accepts([{ keyword: 'email', limit: 5 }])).toBe(false);
    expect(accepts([{ has_many: 'orders', table: 'orders', foreign_key: 'a' }])).toBe(false);
    expect(accepts([{ keyword: 'a.b' }])).toBe(false);
    expect(accepts([{ keyword: 'a' }], { version: 2 })).toBe(false);
  });
});
