import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startOpenSearch } from '../index.ts';
import type { OpenSearchLine, OpenSearchServer } from './options.ts';

let server: OpenSearchServer;

beforeAll(async () => {
  const [line] = (['2.19', '3.4'] as const satisfies OpenSearchLine[]).filter(
    (name) => name === process.env['SLUICE_TEST_OPENSEARCH_VERSION'],
  );
  server = await startOpenSearch({ origins: ['container', 'embedded'], line, heap: '384m' });
});

afterAll(() => server.stop());

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  expect(answer).not.toHaveProperty('error');
  return answer;
}

test('has the analyzers, field types and delete-by-query of a full distribution', async () => {
  const analysis = {
    filter: { grams: { type: 'edge_ngram', min_gram: 1, max_gram: 5 } },
    analyzer: { prefix: { tokenizer: 'standard', filter: ['lowercase', 'asciifolding', 'grams'] } },
    normalizer: { folded: { type: 'custom', filter: ['lowercase'] } },
  };
  const properties = {
    name: { type: 'text', analyzer: 'prefix', search_analyzer: 'standard' },
    code: { type: 'keyword', normalizer: 'folded' },
    price: { type: 'scaled_float', scaling_factor: 100 },
    title: { type: 'search_as_you_type' },
  };
  await call('PUT', '/goods', { settings: { analysis }, mappings: { properties } });
  await call('PUT', '/goods/_doc/1?refresh=true', { name: 'Élan', code: 'A', price: 1.5, title: 'one two' });

  const found = await call('POST', '/goods/_search', { query: { match: { name: 'el' } } });
  expect(found).toMatchObject({ hits: { total: { value: 1 } } });
  const removed = await call('POST', '/goods/_delete_by_query', { query: { term: { code: 'a' } } });
  expect(removed).toMatchObject({ deleted: 1 });
});

test('keeps what it acknowledged, and its URL, across a kill and a restart', async () => {
  await call('PUT', '/kept/_doc/1', { a: 1 });
  await server.kill();
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');

  await server.restart();

  await call('GET', '/_cluster/health/kept?wait_for_status=yellow&timeout=30s');
  expect(await call('GET', '/kept/_doc/1')).toMatchObject({ found: true, _source: { a: 1 } });
});

test('paused, it does not answer; resumed, it does', async () => {
  await server.pause();
  const silent = fetch(server.url, { signal: AbortSignal.timeout(300) });
  await expect(silent).rejects.toThrow('timeout');
  await server.resume();
  expect(await call('GET', '/')).toMatchObject({ version: { number: server.version } });
});

test('a setting that the server refuses ends the start with the log of the server', async () => {
  const start = startOpenSearch({ origins: ['embedded'], settings: { 'no.such.setting': 1 } });
  await expect(start).rejects.toThrow('unknown setting [no.such.setting]');
});

test('a given server is used and left alone', async () => {
  const given = await startOpenSearch({ url: inject('opensearchUrl') });
  expect(given.origin).toBe('given');
  await expect(given.restart()).rejects.toMatchObject({ code: 'SLUICE_SERVER_NOT_OWNED' });
  await given.stop();
  expect((await fetch(inject('opensearchUrl'))).ok).toBe(true);
});
