import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';
import { waitFor } from './wait.ts';

let echo: Server;
let served: Socket[];
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  served = [];
  clients = [];
  echo = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await startProxy(`tcp://127.0.0.1:${address.port}`);
});

afterEach(async () => {
  for (const socket of [...clients, ...served]) socket.destroy();
  await proxy.close();
  echo.close();
});

/** A client, what it has received so far, and how its connection ended. */
async function client() {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  const seen = { socket, text: '', end: '' };
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    seen.text += String(text);
  });
  socket.on('error', (error) => {
    seen.end = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => {
    seen.end ||= 'closed';
  });
  await once(socket, 'connect');
  return seen;
}

async function echoes(seen: Awaited<ReturnType<typeof client>>, text: string) {
  seen.socket.write(text);
  await waitFor(() => seen.text.endsWith(text), { what: `${text} to come back` });
}

test('forwards both ways and rewrites a URL to lead through it', async () => {
  await echoes(await client(), 'hello');
  expect(proxy.received).toBe(5);
  expect(proxy.through('postgres://u:p@db.example:5432/shop?x=1')).toBe(
    `postgres://u:p@127.0.0.1:${proxy.port}/shop?x=1`,
  );
});

test('forget leaves what is open without a word for ever and lets new connections in', async () => {
  const before = await client();
  await echoes(before, 'one');
  proxy.forget();
  before.socket.write('unheard');
  await echoes(await client(), 'two');
  await proxy.set('blackhole');
  await proxy.set('forward');
  await echoes(await client(), 'three');
  expect(before).toMatchObject({ text: 'one', end: '' });
});

test('cut resets what is open and lets new connections in', async () => {
  const before = await client();
  await echoes(before, 'one');

  proxy.cut();

  await waitFor(() => before.end, { what: 'the client to notice' });
  expect(before.end).toBe('ECONNRESET');
  await echoes(await client(), 'two');
  await waitFor(() => proxy.connections === 1, { what: 'the cut connection to be gone' });
});

test('refuse turns new connections away until the weather changes', async () => {
  const before = await client();
  await proxy.set('refuse');
  await expect(client()).rejects.toThrow('ECONNREFUSED');
  await echoes(before, 'still here');

  await proxy.set('forward');

  await echoes(await client(), 'back');
});

test('a blackhole keeps connections open, holds data back, and gives it up when it ends', async () => {
  const seen = await client();
  await echoes(seen, 'one');
  await proxy.set('blackhole');
  seen.socket.write('two');
  const late = await client();
  late.socket.write('three');
  // Nothing to wait for: this is about what does not arrive.
  await delay(100);
  expect([seen.text, seen.end, late.text, late.end]).toEqual(['one', '', '', '']);

  await proxy.set('forward');

  await waitFor(() => seen.text === 'onetwo' && late.text === 'three', { what: 'what was held back' });
});

test('a delay holds each direction and keeps the order', async () => {
  const seen = await client();
  proxy.delay(40);
  const started = performance.now();
  seen.socket.write('a');
  await echoes(seen, 'b');
  expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  expect(seen.text).toBe('ab');
});

test('half-open: the client is gone and the server does not know', async () => {
  const seen = await client();
  await echoes(seen, 'one');

  proxy.halfOpen();

  await waitFor(() => seen.end, { what: 'the client to lose its connection' });
  const [socket] = served;
  expect(socket?.readyState).toBe('open');
});
