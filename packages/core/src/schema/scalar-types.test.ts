import { describe, expect, it } from 'vitest';
import { postgresTypeName } from './postgres-type-name.ts';
import { scalarTypeNames, scalarTypes } from './scalar-types.ts';

describe('scalar types', () => {
  it('name their Postgres types as pg_type does', () => {
    for (const type of scalarTypeNames) {
      for (const name of scalarTypes[type].postgres) {
        // A spelling that people write would never equal a typname.
        expect(postgresTypeName(name)).toBe(name === 'char' ? 'bpchar' : name);
      }
    }
  });

  it('all have an OpenSearch type but custom, whose field names it', () => {
    const without = scalarTypeNames.filter((type) => scalarTypes[type].opensearch['type'] === undefined);
    expect(without).toEqual(['custom']);
  });
});

describe('the name of a Postgres type', () => {
  it.each([
    ['bigint', 'int8'],
    ['BIGINT', 'int8'],
    ['numeric(10, 2)', 'numeric'],
    ['character varying(20)[]', 'varchar'],
    ['timestamp(3) with time zone', 'timestamptz'],
    ['double  precision', 'float8'],
    ['integer[][]', 'int4'],
    ['OrderStatus', 'OrderStatus'],
    ['geometry(Point,4326)', 'geometry'],
  ])('of %s is %s', (written, name) => {
    expect(postgresTypeName(written)).toBe(name);
  });
});
