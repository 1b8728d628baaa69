import { lookUp } from './look-up.ts';

const spellings: Readonly<Record<string, string>> = {
  smallint: 'int2',
  smallserial: 'int2',
  int: 'int4',
  integer: 'int4',
  serial: 'int4',
  bigint: 'int8',
  bigserial: 'int8',
  real: 'float4',
  'double precision': 'float8',
  decimal: 'numeric',
  boolean: 'bool',
  'character varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'bit varying': 'varbit',
};

/**
 * The `pg_type.typname` that a type has under the name people write: `character varying(20)` is
 * `varchar`, `bigint[]` is `int8`. A name that is no built-in spelling (an enum, a domain, an
 * extension's type) stays as written.
 */
export function postgresTypeName(written: string): string {
  const base = written
    .trim()
    .replace(/(\s*\[\d*\])+$/, '')
    .replace(/\s*\([^)]*\)/, '')
    .trim();
  const folded = base.toLowerCase().replace(/\s+/g, ' ');
  return lookUp(spellings, folded) ?? base;
}
