import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { isAllowedHost } from './allowed-host.ts';
import { HttpServer, type Request } from './http-server.ts';
import { hasToken } from './token.ts';

const address = { host: '127.0.0.1', port: 0 };
const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function serving(
  handle: (request: Request) => Promise<{ status: number; body: string | object } | null>,
  errors: unknown[] = [],
) {
  const server = await HttpServer.listen({
    address,
    hosts: ['sluice.internal'],
    handle,
    onError: (error) => errors.push(error),
  });
  open.push(server);
  const { port } = server.address;
  const ask = (path: string, { method = 'GET', headers = {}, body }: Asked = {}) =>
    new Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>(
      (resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
        });
        asked.on('error', reject);
        asked.end(body);
      },
    );
  return { server, ask };
}

test('answers what its handler knows, nothing else, and tells no browser that it may read it', async () => {
  const { ask } = await serving(async ({ path }) => (path === '/a' ? { status: 200, body: { a: 1 } } : null));
  const found = await ask('/a?b=1', { headers: { origin: 'https://evil.example' } });
  expect([found.status, JSON.parse(found.text)]).toEqual([200, { a: 1 }]);
  expect(Object.keys(found.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  const missing = await ask('/b');
  expect([missing.status, JSON.parse(missing.text)]).toEqual([
    404,
    { ok: false, error: expect.objectContaining({ message: 'there is no such resource' }) },
  ]);
  expect((await ask('//a')).status).toBe(404);
});

test.each([
  ['127.0.0.1:9464', true],
  ['localhost', true],
  ['LOCALHOST:80', true],
  ['localhost.', true],
  ['[::1]:9464', true],
  ['10.1.2.3', true],
  ['sluice.internal:9464', true],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
  ['evil.example:80@127.0.0.1', false],
  ['[evil]', false],
])('a request that names the server %s is answered: %s', async (host, answered) => {
  const { ask } = await serving(async () => ({ status: 200, body: 'yes' }));
  expect((await ask('/', { headers: { host } })).status).toBe(answered ? 200 : 421);
});

test('a request without any name is not answered', () => {
  expect(isAllowedHost(undefined, [])).toBe(false);
  expect(isAllowedHost('', [''])).toBe(false);
});

test('a large body is not read to its end', async () => {
  const { ask } = await serving(async () => ({ status: 200, body: 'yes' }));
  expect((await ask('/', { method: 'POST', body: 'x'.repeat(10_000) })).status).toBe(200);
  expect((await ask('/', { method: 'POST', body: 'x'.repeat(20_000) })).status).toBe(413);
});

test('what a handler throws is told to whoever runs it, and to nobody who asks', async () => {
  const errors: unknown[] = [];
  const failure = new Error('postgres://app:secret@db');
  const { ask } = await serving(() => Promise.reject(failure), errors);
  const { status, text } = await ask('/');
  expect([status, text.includes('secret'), errors]).toEqual([500, false, [failure]]);
});

test('a handler hears that whoever asked is gone', async () => {
  let gone: (reason: unknown) => void = () => undefined;
  const left = new Promise<unknown>((resolve) => {
    gone = resolve;
  });
  const { server } = await serving(async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    gone(signal.reason);
    return null;
  });
  const asked = request({ host: '127.0.0.1', port: server.address.port, path: '/' });
  asked.on('error', () => undefined);
  asked.on('socket', (socket) => socket.on('connect', () => setImmediate(() => asked.destroy())));
  asked.end();
  expect(await left).toMatchObject({ message: 'The asker is gone.' });
});

test('an address that is taken is told with what to do', async () => {
  const { server } = await serving(async () => null);
  const again = HttpServer.listen({
    address: server.address,
    hosts: [],
    handle: async () => null,
    onError: () => undefined,
  });
  await expect(again).rejects.toMatchObject({
    code: 'SLUICE_HTTP_LISTEN',
    message: expect.stringContaining(`127.0.0.1:${server.address.port}`),
    hint: expect.stringContaining('`server`'),
  });
});

test.each([
  ['Bearer right-token', true],
  ['bearer right-token', true],
  ['Bearer right-token2', false],
  ['Bearer ', false],
  ['Basic right-token', false],
  ['right-token', false],
  [undefined, false],
])('%s has the token: %s', (authorization, has) => {
  expect(hasToken(authorization, 'right-token')).toBe(has);
});
