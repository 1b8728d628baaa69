import { expect, test } from 'vitest';
import { opensearchOptions } from '../options.ts';
import { nodeOptions, tlsOptions } from './node-options.ts';

test('credentials leave the URL, decoded', () => {
  const [node] = nodeOptions(['https://us%40er:p%3Aw@host:9200/base'], {});
  expect(node?.url.href).toBe('https://host:9200/base');
  expect(node?.headers).toEqual({ authorization: `Basic ${Buffer.from('us@er:p:w').toString('base64')}` });
});

test('options win over the URL, and tokens over names', () => {
  const url = ['http://a:b@host'];
  const header = (credentials: Parameters<typeof nodeOptions>[1]) =>
    nodeOptions(url, credentials)[0]?.headers;
  expect(header({ username: 'c', password: 'd' })).toEqual({
    authorization: `Basic ${Buffer.from('c:d').toString('base64')}`,
  });
  expect(header({ api_key: 'k' })).toEqual({ authorization: 'ApiKey k' });
  expect(header({ bearer_token: 't' })).toEqual({ authorization: 'Bearer t' });
  expect(nodeOptions(['http://host'], {})[0]).not.toHaveProperty('headers');
});

test('a URL that is not percent-encoded is named without its password', () => {
  expect(() => nodeOptions(['http://user:100%@host'], {})).toThrow(/of host are not percent-encoded/);
});

test('a certificate that is not there is an error that names option and file', () => {
  const options = opensearchOptions.parse({ url: 'https://host', ca: 'no/such.pem' });
  expect(() => tlsOptions(options, '/base')).toThrow(/ca cannot be read: .*\/base\/no\/such\.pem/);
});
