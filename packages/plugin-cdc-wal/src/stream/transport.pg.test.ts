import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { clientConfig, parseConnection } from '@sluice/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { openTransport } from './transport.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** ErrorResponse, as a server sends it whose session is terminated (protocol, "Message Formats"). */
function terminated(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Ends a session in the very moment that it is ready: both come in one piece. */
async function terminating(url: URL): Promise<Server> {
  const proxy = createServer((client) => {
    const server = connect(Number(url.port), url.hostname);
    client.pipe(server);
    server.on('data', (data: Buffer) => {
      if (data.subarray(-readyForQuery.length).equals(readyForQuery))
        client.end(Buffer.concat([data, terminated()]));
      else client.write(data);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}

test('a session that is terminated the moment it is ready rejects, and does not end the process', async () => {
  const url = new URL(database.url);
  const proxy = await terminating(new URL(database.url));
  // A TCP server has a port.
  url.port = String((proxy.address() as AddressInfo).port);
  url.searchParams.set('sslmode', 'disable');
  const thrown: unknown[] = [];
  const keep = (error: unknown) => thrown.push(error);
  process.prependListener('uncaughtException', keep);
  try {
    const opening = openTransport({
      client: clientConfig(parseConnection(url.href), { applicationName: 'terminated', replication: true }),
      slot: 'none',
      publication: 'none',
      start: 0n,
      onMessage: () => undefined,
      onKeepalive: () => undefined,
      onEnd: () => undefined,
    });
    await expect(opening).rejects.toThrow(/terminat|not queryable/i);
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', keep);
    proxy.close();
  }
});
