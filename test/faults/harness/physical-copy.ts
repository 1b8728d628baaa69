import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '@sluice/servers';
import pg from 'pg';

/** The cell `value` of the first row that a statement gives; empty where there is none. */
export async function ask(server: { readonly url: string }, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string | null }>(sql);
    return rows[0]?.value ?? '';
  } finally {
    await client.end();
  }
}

function dataDirectory(server: PostgresServer): Promise<string> {
  return ask(server, "SELECT current_setting('data_directory') AS value");
}

/** Owner, mode and links stay: Postgres looks at them. */
async function copyDirectory(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** A copy of the disk as it is at this moment. */
export async function snapshotOf(server: PostgresServer): Promise<string> {
  const home = await dataDirectory(server);
  await ask(server, 'CHECKPOINT');
  await server.kill();
  await copyDirectory(home, `${home}.snapshot`);
  await server.restart();
  return `${home}.snapshot`;
}

/** Has `server` run on a snapshot, at its own port; a standby with settings of its own. */
export async function restoreTo(
  server: PostgresServer,
  snapshot: string,
  as: 'primary' | { readonly standby: Readonly<Record<string, string>> },
): Promise<void> {
  const home = await dataDirectory(server);
  await server.kill();
  await copyDirectory(snapshot, home);
  await rm(join(home, 'postmaster.pid'), { force: true });
  // The snapshot has the passwords of the server that it was taken from.
  const trust = ['all', 'replication'].map((what) => `host ${what} all 127.0.0.1/32 trust\n`);
  await writeFile(join(home, 'pg_hba.conf'), trust.join(''));
  if (as !== 'primary') {
    const settings = Object.entries(as.standby).map(([name, value]) => `${name} = '${value}'\n`);
    await writeFile(join(home, 'postgresql.auto.conf'), settings.join(''));
    await writeFile(join(home, 'standby.signal'), '');
  }
  await server.restart();
}

/** The URL of a database of a server. */
export function at(server: { readonly url: string }, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}
