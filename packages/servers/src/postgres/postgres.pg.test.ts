import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait.ts';
import { startPostgres } from '../index.ts';
import type { PostgresServer } from './options.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({
    origins: ['container', 'embedded'],
    tls: 'on',
    settings: { max_replication_slots: 7, synchronous_commit: false },
  });
});

afterAll(() => server.stop());

async function query(sql: string, config: pg.ClientConfig = {}): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url, ...config });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('starts with logical decoding and the settings asked for', async () => {
  const settings = ['wal_level', 'max_replication_slots', 'synchronous_commit'];
  const rows = await query(
    `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join()}`,
  );
  expect(rows).toEqual([{ wal_level: 'logical', max_replication_slots: '7', synchronous_commit: 'off' }]);
});

test('knows upper and lower case beyond ASCII', async () => {
  expect(await query(`SELECT lower('ÄÉŁ') AS lower`)).toEqual([{ lower: 'äéł' }]);
});

test('offers TLS that its certificate vouches for', async () => {
  const ssl = { ca: server.certificate, rejectUnauthorized: true };
  expect(await query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', { ssl })).toEqual([
    { ssl: true },
  ]);
});

test('keeps commits, slots, URL and port across a kill and a restart', async () => {
  await query('CREATE TABLE kept AS SELECT 1 AS a');
  await query(`SELECT pg_create_logical_replication_slot('kept', 'pgoutput')`);

  await server.kill();
  await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await server.restart();

  expect(await query('TABLE kept')).toEqual([{ a: 1 }]);
  await server.restart();
  expect(await query('SELECT slot_name FROM pg_replication_slots')).toEqual([{ slot_name: 'kept' }]);
});

test('paused, it accepts no query; resumed, it answers what was asked meanwhile', async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await server.pause();
  let answered = false;
  const answer = client.query('SELECT 1 AS a').then(({ rows }) => {
    answered = true;
    return rows;
  });
  const fresh = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 100 });
  await expect(fresh.connect()).rejects.toThrow('timeout');
  expect(answered).toBe(false);

  await server.resume();

  expect(await answer).toEqual([{ a: 1 }]);
  await client.end();
});

test('a given server is used and left alone', async () => {
  const given = await startPostgres({ url: inject('postgresUrl') });
  expect(given.origin).toBe('given');
  await expect(given.kill()).rejects.toMatchObject({ code: 'SLUICE_SERVER_NOT_OWNED' });
  await given.stop();
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.end();
});

test('a given server that does not answer is an error, not another server', async () => {
  const url = 'postgres://nobody@127.0.0.1:1/none';
  await expect(startPostgres({ url })).rejects.toMatchObject({ code: 'SLUICE_SERVER_UNAVAILABLE' });
});

test('a setting that the server refuses ends the start with the log of the server', async () => {
  const start = startPostgres({ origins: ['embedded'], settings: { wal_level: 'sometimes' } });
  await expect(start).rejects.toThrow('invalid value for parameter "wal_level": "sometimes"');
});

// The point of the watchdog: no exit hook runs in a process that gets SIGKILL.
test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
  'a process ended by %s leaves no server and no files behind',
  async (signal) => {
    const script = `
      import pg from 'pg';
      import { startPostgres } from '@sluice/servers';
      const { url } = await startPostgres({ origins: ['embedded'] });
      const client = new pg.Client(url);
      await client.connect();
      const { rows } = await client.query("SELECT current_setting('data_directory') AS data");
      console.log(JSON.stringify({ url, data: rows[0].data }));
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += String(text);
    });
    await waitFor(() => output.endsWith('\n'), { what: 'the child to start a server', deadlineMs: 30_000 });
    const { url, data }: { url: string; data: string } = JSON.parse(output);
    expect(existsSync(data)).toBe(true);

    child.kill(signal);
    await once(child, 'exit');

    await waitFor(() => !existsSync(data), { what: 'the data to be removed', deadlineMs: 15_000 });
    const late = new pg.Client({ connectionString: url });
    await expect(late.connect()).rejects.toThrow('ECONNREFUSED');
  },
);
