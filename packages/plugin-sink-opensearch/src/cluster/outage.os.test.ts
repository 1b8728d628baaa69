import { createServer } from 'node:net';
import { isSluiceError, type Sink } from '@sluice/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { startProxy } from '../../../../test/support/tcp-proxy.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { document, generation, openSink, scalar, write } from '../../test/fixture.ts';

const search = createSearch();
const users = generation([scalar('n', 'integer')]);
const one = [document('1', 1n, '{"n":1}')];

beforeAll(async () => {
  const sink = openSink(search.url, search.prefix);
  await sink.ensureIndex(users);
  await sink.close();
});
afterAll(() => search.drop());

/** A port where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => server.close(resolve));
  return `http://localhost:${address.port}`;
}

async function expectUnavailable(promise: Promise<unknown>): Promise<void> {
  await expect(promise).rejects.toSatisfy((error) => isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE'));
}

function everyCall(sink: Sink): Promise<unknown>[] {
  return [
    sink.ensureIndex(users),
    write(sink, users, one),
    sink.records?.list(),
    sink.records?.put('a', 1, null),
    sink.generations?.promote(users),
    sink.generations?.promoted('users'),
    sink.generations?.exists(users),
    sink.reader?.list(users, 10)[Symbol.asyncIterator]().next(),
  ].map((call) => Promise.resolve(call));
}

test('a server that is down makes every call fail soon as unavailable, and each works when it is back', async () => {
  await using proxy = await startProxy(search.url);
  const sink = openSink(proxy.through(search.url), search.prefix);
  await write(sink, users, one);

  await proxy.set('refuse');
  proxy.cut();
  const began = performance.now();
  for (const settled of await Promise.allSettled(everyCall(sink))) {
    expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'SLUICE_SINK_UNAVAILABLE' } });
  }
  // Long before any of them would have given up waiting for an answer.
  expect(performance.now() - began).toBeLessThan(8000);

  await proxy.set('forward');
  await waitFor(() => write(sink, users, one), { what: 'a write after the outage' });
  await Promise.all(everyCall(sink));
  await sink.close();
});

test('a connection that is cut under a bulk makes the write fail; later ones work', async () => {
  await using proxy = await startProxy(search.url);
  const sink = openSink(proxy.through(search.url), search.prefix);
  await write(sink, users, one);
  await proxy.set('blackhole');
  const failing = write(sink, users, one);
  await waitFor(() => proxy.connections > 0, { what: 'the bulk to be under way' });
  proxy.cut();
  await expectUnavailable(failing);
  await proxy.set('forward');
  expect(await write(sink, users, one)).toMatchObject({ accepted: 1 });
  await sink.close();
});

test('another node takes over, without a failure, from one that is down', async () => {
  const sink = openSink(await deadUrl(), search.prefix, {
    url: [await deadUrl(), search.url, await deadUrl()],
  });
  for (let n = 0; n < 6; n++) expect(await write(sink, users, one)).toMatchObject({ accepted: 1 });
  await sink.close();
});

test('an unknown host is unavailable, and named without its credentials', async () => {
  const sink = openSink('http://ada:secret@nowhere.invalid:9200', search.prefix);
  const error = await write(sink, users, one).catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code: 'SLUICE_SINK_UNAVAILABLE',
    message: expect.stringContaining('nowhere.invalid'),
  });
  expect(String(error)).not.toContain('secret');
  await sink.close();
});

test('nothing is printed to standard output when a connection breaks under an answer', async () => {
  const printed = vi.spyOn(console, 'log');
  await using proxy = await startProxy(search.url);
  const sink = openSink(proxy.through(search.url), search.prefix, { number_of_shards: 1 });
  const listing = sink.reader?.list(users, 10_000)[Symbol.asyncIterator]();
  proxy.delay(30);
  const failing = listing?.next().catch((error: unknown) => error);
  await waitFor(() => proxy.received > 0, { what: 'the first bytes of an answer', intervalMs: 1 });
  proxy.cut();
  await failing;
  expect(printed).not.toHaveBeenCalled();
  printed.mockRestore();
  await sink.close();
});

test('a server that is not OpenSearch is refused by name', async () => {
  const { createServer: createHttp } = await import('node:http');
  const elastic = createHttp((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"version":{"number":"8.11.0"}}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => elastic.once('listening', resolve));
  const address = elastic.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const sink = openSink(`http://localhost:${address.port}`, search.prefix);
  await expect(sink.ensureIndex(users)).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining('not OpenSearch'),
  });
  await sink.close();
  elastic.close();
});
