import { connect, parseConnection } from '@sluice/postgres';

/** Values come as Postgres prints them. */
export type Row = Readonly<Record<string, string | null>>;

/** The shop's own connection: what an application would have. Sluice knows nothing of it. */
export interface Database extends AsyncDisposable {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** Opens one connection. Throws `SLUICE_SOURCE_UNAVAILABLE` or `SLUICE_SOURCE_REFUSED`. */
export async function openDatabase(url: string): Promise<Database> {
  const client = await connect(parseConnection(url), { applicationName: 'sluice demo shop' });
  // Sluice's own connections name every schema; an application does not.
  await client.query('SET search_path TO public');
  return {
    query: async (sql, values = []) => (await client.query<Row>(sql, [...values])).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
