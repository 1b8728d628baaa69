import { expect, test } from 'vitest';
import { z } from 'zod';
import plugin from './index.ts';
import { opensearchOptions } from './options.ts';

function problems(options: Record<string, unknown>): string[] {
  const read = opensearchOptions.safeParse({ url: 'http://localhost:9200', ...options });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('one URL is enough', () => {
  expect(opensearchOptions.parse({ url: 'http://localhost:9200' })).toEqual({
    url: ['http://localhost:9200'],
    tls_verify: true,
    gzip: false,
    batch_size: 1000,
    batch_bytes: 5 * 2 ** 20,
    concurrency: 2,
    timeout: 10_000,
    settings: {},
    text_analysis: 'builtin',
    auto_subfields: true,
  });
});

test('sizes and durations have units, and a bulk may not wait for longer than ten seconds', () => {
  expect(opensearchOptions.parse({ url: 'http://h', batch_bytes: '2MiB', timeout: '500ms' })).toMatchObject({
    batch_bytes: 2 * 2 ** 20,
    timeout: 500,
  });
  expect(problems({ timeout: '11s' })).toEqual(['timeout: must be between `1ms` and `10s`']);
  expect(problems({ batch_bytes: 100 })[0]).toMatch(/^batch_bytes: must be a size with its unit/);
});

test('one way to authenticate, complete', () => {
  expect(problems({ username: 'a' })).toEqual(['username: needs password beside it']);
  expect(problems({ client_key: 'k.pem' })).toEqual(['client_key: needs client_cert beside it']);
  expect(problems({ username: 'a', password: 'b', api_key: 'k' })).toEqual([
    'api_key: takes one of username and password, api_key, bearer_token',
  ]);
  expect(problems({ api_key: 'k' })).toEqual([]);
});

test('what cannot be done is said, not ignored', () => {
  expect(problems({ aws: { region: 'eu-west-1' } })[0]).toMatch(/^aws: .*not supported yet/);
  expect(problems({ batchsize: 1 })).toEqual([': Unrecognized key: "batchsize"']);
  expect(problems({ url: 'ftp://h' })).toEqual(['url: must be an http:// or https:// URL']);
});

test('the plugin is a plain object that opens nothing until it is used', async () => {
  expect(plugin).toMatchObject({ api: 1, kind: 'sink', name: 'opensearch' });
});

test('an editor can be given the options as JSON Schema', () => {
  const { properties } = z.toJSONSchema(opensearchOptions, { io: 'input' });
  expect(properties?.['batch_bytes']).toMatchObject({ type: 'string' });
});
