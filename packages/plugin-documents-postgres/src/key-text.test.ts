import type { CatalogColumn } from '@sluice/postgres';
import { describe, expect, it } from 'vitest';
import { canonicalKeyText, comparable, sameText } from './key-text.ts';

function column(name: string, more: Partial<CatalogColumn> = {}): CatalogColumn {
  return {
    name: 'c',
    type: { schema: 'pg_catalog', name, labels: null, kind: 'base', operatorSchema: 'pg_catalog' },
    array: false,
    nullable: false,
    generated: null,
    deterministic: true,
    readable: true,
    ...more,
  };
}

describe('the text of a key', () => {
  it.each([
    ['bool', 't', 'true'],
    ['bool', 'false', 'false'],
    ['bpchar', 'ab   ', 'ab'],
    ['inet', '10.0.0.1/32', '10.0.0.1'],
    ['inet', '10.0.0.0/8', '10.0.0.0/8'],
    ['inet', '::1/128', '::1'],
    ['inet', 'fe80::/32', 'fe80::/32'],
    ['cidr', '10.0.0.1/32', '10.0.0.1/32'],
    ['text', 't ', 't '],
  ])('of type %s: %j is %j', (type, text, expected) => {
    expect(canonicalKeyText(text, column(type))).toBe(expected);
  });

  it('is the same for equal values only where the types print alike', () => {
    expect(sameText(column('int4'), column('int8'))).toBe(true);
    expect(sameText(column('varchar'), column('text'))).toBe(true);
    expect(sameText(column('numeric'), column('numeric'))).toBe(false);
    expect(sameText(column('text', { deterministic: false }), column('text'))).toBe(false);
    expect(sameText(column('int4'), column('int4', { array: true }))).toBe(false);
  });

  it('can be compared through an index within a family of types', () => {
    expect(comparable(column('int2'), column('int8'))).toBe(true);
    expect(comparable(column('numeric'), column('numeric'))).toBe(true);
    expect(comparable(column('int8'), column('numeric'))).toBe(false);
    expect(comparable(column('uuid'), column('text'))).toBe(false);
  });
});
