import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { opensearchOptions } from '../options.ts';
import { createCluster } from './cluster.ts';

test('an aborted request rejects with the reason, and nothing else is thrown at the process', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const cluster = createCluster(opensearchOptions.parse({ url: `http://127.0.0.1:${port}` }), '.');
  const thrown: unknown[] = [];
  const keep = (error: unknown) => thrown.push(error);
  process.prependListener('uncaughtException', keep);
  const abort = new AbortController();
  try {
    const sent = cluster.send({
      method: 'GET',
      path: '/',
      purpose: 'look',
      signal: abort.signal,
    });
    await once(server, 'request');
    abort.abort(new Error('enough'));
    await expect(sent).rejects.toThrow('enough');
    // What Node.js throws comes a few turns later.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', keep);
    server.closeAllConnections();
    server.close();
    await cluster.close();
  }
});

test('https to a node that speaks plain HTTP is refused in those words', async () => {
  const server = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const cluster = createCluster(opensearchOptions.parse({ url: `https://127.0.0.1:${port}` }), '.');
  try {
    await expect(cluster.send({ method: 'GET', path: '/', purpose: 'look' })).rejects.toMatchObject({
      code: 'SLUICE_SINK_REFUSED',
      message: `What answers at 127.0.0.1:${port} speaks plain HTTP, not TLS`,
      hint: expect.stringContaining('http://'),
    });
  } finally {
    server.close();
    await cluster.close();
  }
});

test('a node that is not there is told with what to look at', async () => {
  const cluster = createCluster(opensearchOptions.parse({ url: 'http://127.0.0.1:1' }), '.');
  await expect(cluster.send({ method: 'GET', path: '/', purpose: 'tell its version' })).rejects.toMatchObject(
    {
      code: 'SLUICE_SINK_UNAVAILABLE',
      message: expect.stringMatching(
        /^OpenSearch at 127\.0\.0\.1:1 cannot be reached, to tell its version: /,
      ),
      hint: expect.stringContaining('url'),
    },
  );
  await cluster.close();
});

test('a refusal under a path names the path', async () => {
  const server = createServer((_, answer) => answer.writeHead(400).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const cluster = createCluster(opensearchOptions.parse({ url: `http://127.0.0.1:${port}/app` }), '.');
  try {
    await expect(cluster.send({ method: 'GET', path: '/x', purpose: 'look' })).rejects.toMatchObject({
      code: 'SLUICE_SINK_REFUSED',
      message: `OpenSearch at 127.0.0.1:${port}/app could not look: HTTP 400`,
      hint: expect.stringContaining('has a path'),
    });
  } finally {
    server.close();
    await cluster.close();
  }
});
