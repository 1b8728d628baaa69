import { isSluiceError } from '@sluice/core';
import { type CatalogColumn, quoteIdentifier, sqlState } from '@sluice/postgres';
import type { Session } from '../session.ts';

/** Names of types as people write them; others by their own. */
const typeNames: Readonly<Record<string, string>> = {
  int2: 'a small integer',
  int4: 'an integer',
  int8: 'a big integer',
  bool: 'a boolean',
  float4: 'a real',
  float8: 'a double',
  timestamptz: 'a timestamp with time zone',
};

/** The first value that is none of its key column's type, in words; null where there is none. */
export async function keyProblem(
  session: Session,
  columns: readonly CatalogColumn[],
  key: readonly string[],
): Promise<string | null> {
  for (const [at, column] of columns.entries()) {
    const value = key[at];
    if (value === undefined || (await canBe(session, column, value))) continue;
    const { name } = column.type;
    return `the key \`${column.name}\` is ${typeNames[name] ?? `of type ${name}`}`;
  }
  return null;
}

async function canBe(session: Session, { type }: CatalogColumn, value: string): Promise<boolean> {
  const quoted = `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
  try {
    await session.ask(`SELECT $1::text::${quoted}`, [value], 'read a key');
    return true;
  } catch (error) {
    const state = isSluiceError(error) ? sqlState(error.cause) : undefined;
    if (state === undefined || !/^(?:22|23)/.test(state)) throw error;
    return false;
  }
}
