import { once } from 'node:events';
import { connect } from 'node:net';
import { createRedactor } from '@sluice/core/config';
import { afterEach, expect, test } from 'vitest';
import { hideSecretsOf } from '../output/hidden-secrets.ts';
import { HttpServer } from './http-server.ts';
import { answerPrivate, type PrivateSources } from './private-routes.ts';
import { hasToken } from './token.ts';

const token = 'a-token-of-the-test-0123456789';
const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

/** The private server, in front of nothing: only who gets past the token would notice. */
async function privateServer(hosts: readonly string[] = []) {
  const errors: unknown[] = [];
  let asked = 0;
  const sources: PrivateSources = new Proxy(Object.create(null), {
    get: (_target, name) => {
      if (name === 'token') return token;
      asked += 1;
      return undefined;
    },
  });
  const server = await HttpServer.listen({
    address: { host: '127.0.0.1', port: 0 },
    hosts,
    handle: (request) => answerPrivate(request, sources),
    onError: (error) => errors.push(error),
  });
  open.push(server);
  return { server, errors, asked: () => asked };
}

/** Writes bytes as they are, which no client library would, and reads until the server has had enough. */
async function say(server: HttpServer, text: string): Promise<string> {
  const socket = connect(server.address.port, '127.0.0.1');
  await once(socket, 'connect');
  let heard = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    heard += part;
  });
  socket.on('error', () => undefined);
  socket.write(text, 'latin1');
  socket.end();
  await once(socket, 'close');
  return heard;
}

const host = 'Host: 127.0.0.1\r\n';
const statusesOf = (heard: string) => [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

test.each([
  ['no token', `GET /wait?now HTTP/1.1\r\n${host}\r\n`],
  ['the token in the path', `GET /wait?now&token=${token}&access_token=${token} HTTP/1.1\r\n${host}\r\n`],
  ['the token in a cookie', `GET /wait?now HTTP/1.1\r\n${host}Cookie: token=${token}\r\n\r\n`],
  [
    'the token by basic authentication',
    `GET /wait HTTP/1.1\r\n${host}Authorization: Basic ${Buffer.from(`:${token}`).toString('base64')}\r\n\r\n`,
  ],
  ['half the token', `GET /wait HTTP/1.1\r\n${host}Authorization: Bearer ${token.slice(0, -1)}\r\n\r\n`],
  ['the token and more', `GET /wait HTTP/1.1\r\n${host}Authorization: Bearer ${token}\u0000\r\n\r\n`],
  [
    'two tokens, one of them right',
    `GET /wait HTTP/1.1\r\n${host}Authorization: Bearer x\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  ],
  ['a path that leads up', `GET /../wait HTTP/1.1\r\n${host}\r\n`],
  ['an encoded path', `GET /%77ait HTTP/1.1\r\n${host}\r\n`],
  ['a whole URL in place of a path', `GET http://127.0.0.1/wait HTTP/1.1\r\n${host}\r\n`],
  [
    'another method',
    `OPTIONS /wait HTTP/1.1\r\n${host}Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization\r\n\r\n`,
  ],
])('with %s nobody gets in', async (_name, request) => {
  const { server, asked, errors } = await privateServer();
  const heard = await say(server, request);
  expect(statusesOf(heard)).toEqual([expect.stringMatching(/^4/)]);
  expect(heard.toLowerCase()).not.toContain('access-control-allow');
  expect(heard).not.toContain(token);
  expect({ asked: asked(), errors }).toEqual({ asked: 0, errors: [] });
});

test.each([
  [
    'two lengths',
    `POST /wait HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcdGET /healthz HTTP/1.1\r\n${host}\r\n`,
  ],
  [
    'a length and chunks',
    `POST /wait HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /wait HTTP/1.1\r\n${host}\r\n`,
  ],
  ['chunks by another name', `POST /wait HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a folded header', `GET /wait HTTP/1.1\r\n${host}Authorization:\r\n Bearer ${token}x\r\n\r\n`],
  ['two hosts', `GET /wait HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`],
  ['no host', 'GET /wait HTTP/1.1\r\n\r\n'],
  ['another host', 'GET /wait HTTP/1.1\r\nHost: evil.example\r\n\r\n'],
  ['a host with a user', 'GET /wait HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n\r\n'],
  ['a path that is no URL', `GET http://[ HTTP/1.1\r\n${host}\r\n`],
  ['an empty host in the path', `GET // HTTP/1.1\r\n${host}\r\n`],
  ['a header without end', `GET /wait HTTP/1.1\r\n${host}X: ${'x'.repeat(40_000)}\r\n\r\n`],
  ['a path without end', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${host}\r\n`],
  ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n'],
  ['a tunnel', `CONNECT 10.0.0.1:80 HTTP/1.1\r\n${host}\r\n`],
  ['an upgrade', `GET /wait HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
])('%s is answered with a refusal or the end of the connection, and fills no log', async (_name, request) => {
  const { server, asked, errors } = await privateServer();
  const heard = await say(server, request);
  for (const status of statusesOf(heard)) expect(status).toMatch(/^4/);
  expect({ asked: asked(), errors }).toEqual({ asked: 0, errors: [] });
  // And it goes on.
  const after = await say(server, `GET /wait HTTP/1.1\r\n${host}\r\n`);
  expect(statusesOf(after)).toEqual(['401']);
});

test('an empty token lets nobody in', () => {
  expect(hasToken(undefined, '')).toBe(false);
  expect(hasToken('Bearer ', '')).toBe(false);
});

test('a status says no secret, whoever said it first', async () => {
  const secret = 'of-the-source-8143';
  hideSecretsOf(createRedactor([{ path: [], value: secret, hide: 'word' }]));
  const server = await HttpServer.listen({
    address: { host: '127.0.0.1', port: 0 },
    hosts: [],
    handle: async () => ({ status: 200, body: { waiting: [{ reason: `no entry for app with ${secret}` }] } }),
    onError: () => undefined,
  });
  open.push(server);
  const heard = await say(server, `GET /status HTTP/1.1\r\n${host}\r\n`);
  expect(heard).toContain('no entry for app with [redacted]');
});
