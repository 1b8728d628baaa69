import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from './address.ts';

test.each([
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['::1:80', null],
  ['9464', null],
  [':9464', null],
  ['host:65536', null],
  ['http://host:80', null],
  ['host:80/path', null],
])('%s is an address, or is not', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
  if (address !== null) expect(formatAddress(address)).toBe(text);
});
