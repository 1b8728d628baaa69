import type { ScalarType } from '@sluice/core';
import { anyEnum, postgresTypeName, scalarTypes } from '@sluice/core/schema';
import type { CatalogColumn } from '@sluice/postgres';

/** Why a column does not fit a field's type; null where it does. */
export function typeProblem(
  column: CatalogColumn,
  type: ScalarType,
  custom: readonly string[],
): { readonly message: string; readonly hint: string } | null {
  const wanted = type === 'custom' ? custom.map(postgresTypeName) : scalarTypes[type].postgres;
  if (fits(column, wanted)) return null;
  const suitable = (Object.keys(scalarTypes) as ScalarType[]).filter((other) =>
    fits(column, scalarTypes[other].postgres),
  );
  const names = wanted.map((name) => (name === anyEnum ? 'an enum type' : name)).join(', ');
  return {
    message: `Column "${column.name}" is ${typeLabel(column)}, which a field of type ${type} cannot hold (it holds ${names}).`,
    hint:
      suitable.length === 0
        ? `Use custom, with postgres: [${column.type.name}] and the OpenSearch type that fits.`
        : `For ${typeLabel(column)} use ${suitable.join(' or ')}.`,
  };
}

/** `numeric`, `text[]`, `shop.mood`. */
export function typeLabel({ type, array }: CatalogColumn): string {
  const name = type.schema === 'pg_catalog' ? type.name : `${type.schema}.${type.name}`;
  return array ? `${name}[]` : name;
}

const numeric: ReadonlySet<string> = new Set([
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'money',
]);
const unordered: ReadonlySet<string> = new Set(['json', 'point', 'xml', 'bytea', 'bool', 'uuid', 'jsonb']);

export function isNumeric({ type, array }: CatalogColumn): boolean {
  return !array && type.schema === 'pg_catalog' && numeric.has(type.name);
}

export function isInteger({ type }: CatalogColumn): boolean {
  return type.name === 'int2' || type.name === 'int4' || type.name === 'int8';
}

/** Whether min and max of the type exist in every Postgres that is supported. */
export function hasExtremes({ type, array }: CatalogColumn): boolean {
  return !array && (type.kind === 'base' || type.kind === 'enum') && !unordered.has(type.name);
}

/** Whether rows can be ordered by the column. */
export function isOrdered({ type }: CatalogColumn): boolean {
  return !['json', 'point', 'xml'].includes(type.name);
}

export function isTextLike({ type, array }: CatalogColumn): boolean {
  return !array && (scalarTypes.text.postgres.includes(type.name) || type.kind === 'enum');
}

function fits({ type }: CatalogColumn, wanted: readonly string[]): boolean {
  return wanted.includes(type.name) || (type.kind === 'enum' && wanted.includes(anyEnum));
}
