import pg from 'pg';

/** Connects, asks the server for its version (`18.4`) and leaves; rejects while it does not take connections. */
export async function serverVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // A server that goes away meanwhile shows in the query below.
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    // Distributions append their own: "18.4 (Debian 18.4-1.pgdg13+1)".
    return rows[0]?.server_version.split(' ')[0] ?? '';
  } finally {
    await client.end();
  }
}
