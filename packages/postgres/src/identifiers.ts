import type { TableName } from '@sluice/core';

/** A name as an SQL identifier: always quoted, so case, keywords and odd characters are kept. */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0')) throw new RangeError('An SQL identifier is empty or holds a NUL.');
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"`. */
export function quoteTable(table: TableName): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}

/** A text as an SQL literal that means the same whatever `standard_conforming_strings` is. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new RangeError('An SQL literal holds a NUL.');
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * A text between dollar signs, for the body of a function: as it is, whatever is in it. The tag is
 * `$sluice$` unless the text holds that, as the name of a column may.
 */
export function quoteDollar(text: string): string {
  if (text.includes('\0')) throw new RangeError('An SQL literal holds a NUL.');
  for (let number = 0; ; number += 1) {
    const tag = number === 0 ? '$sluice$' : `$sluice${number}$`;
    // The end of the text and the tag after it must not make the tag earlier.
    if (`${text}${tag}`.indexOf(tag) === text.length) return `${tag}${text}${tag}`;
  }
}

/** `schema.table` for people, not for SQL. */
export function tableLabel(table: TableName): string {
  return `${table.schema}.${table.name}`;
}
