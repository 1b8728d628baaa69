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
