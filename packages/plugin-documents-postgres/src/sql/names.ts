import type { CatalogColumn, CatalogType } from '@sluice/postgres';
import { quoteIdentifier } from '@sluice/postgres';

/** Gives every table of one statement an alias of its own. */
export class Aliases {
  #next = 1;

  take(): string {
    const alias = `t${this.#next}`;
    this.#next += 1;
    return alias;
  }
}

/** `t1."createdAt"`. */
export function columnOf(alias: string, column: CatalogColumn): string {
  return `${alias}.${quoteIdentifier(column.name)}`;
}

/** The type's full name, without length or precision: a cast to it loses nothing. */
export function typeName(type: CatalogType): string {
  return `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

/** A comparison operator for values of this type, whatever the search path. */
export function operator(type: CatalogType, symbol: '=' | '<>' | '<' | '<=' | '>' | '>='): string {
  if (type.operatorSchema === 'pg_catalog') return symbol;
  return `OPERATOR(${quoteIdentifier(type.operatorSchema)}.${symbol})`;
}

/** `left = right` in the type of the left column; NULL never equals anything. */
export function equals(left: string, type: CatalogType, right: string): string {
  return `${left} ${operator(type, '=')} ${right}`;
}

export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
