import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { createPool } from './connection-pool.ts';
import { parseConnection } from './connection-settings.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const ready = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** ErrorResponse of a server that dies: FATAL, 57P01. */
function farewell(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0', 'latin1');
  const head = Buffer.from('E\0\0\0\0', 'latin1');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Leads to the server, which seems to die in the same breath as it answers for the `nth` time. */
async function dyingAfter(nth: number): Promise<Server> {
  const target = new URL(database.url);
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let answers = 0;
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      if (chunk.subarray(-ready.length).equals(ready)) answers += 1;
      if (answers < nth) client.write(chunk);
      else {
        client.end(Buffer.concat([chunk, farewell()]));
        server.destroy();
      }
    });
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}

test.each([
  ['is ready', 1],
  ['was checked', 2],
])(
  'a connection that is lost the moment it %s is an error of the query, not the end of the process',
  async (_when, nth) => {
    const proxy = await dyingAfter(nth);
    const address = proxy.address();
    const url = new URL(database.url);
    url.port = String(typeof address === 'object' ? address?.port : '');
    url.searchParams.set('sslmode', 'disable');
    const pool = createPool(parseConnection(url.href), { applicationName: 'lost' });
    const thrown: unknown[] = [];
    const keep = (error: unknown) => thrown.push(error);
    process.prependListener('uncaughtException', keep);
    try {
      await expect(pool.query('SELECT 1')).rejects.toThrow(/terminat|not queryable/i);
      expect(thrown).toEqual([]);
    } finally {
      process.off('uncaughtException', keep);
      await pool.end();
      proxy.close();
    }
  },
);
