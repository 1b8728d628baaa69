import { expect, test } from 'vitest';
import { configuration, userList } from './configuration.ts';

const upstream = new URL('postgres://postgres:p%22w@127.0.0.1:5433/shop');

test('every database is reached, and settings given win over the defaults', () => {
  const text = configuration({
    upstream,
    port: 6432,
    users: '/tmp/users',
    settings: { pool_mode: 'session' },
  });
  expect(text).toContain('[databases]\n* = host=127.0.0.1 port=5433\n');
  expect(text).toContain('listen_port = 6432\n');
  expect(text.match(/^pool_mode = .*$/gm)).toEqual(['pool_mode = session']);
});

test('a quote in a password is doubled', () => {
  expect(userList(upstream)).toBe('"postgres" "p""w"\n');
});
