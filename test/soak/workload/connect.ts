import pg from 'pg';

/** A session whose end shows in its next statement. */
export async function connect(url: string): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  connection.on('error', () => undefined);
  await connection.connect();
  return connection;
}
