import { isSluiceError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientConfig } from './connection.ts';
import { describeConnection, parseConnection } from './connection-settings.ts';
import { tlsAttempts } from './connection-tls.ts';

const parse = (url: string, environment: Record<string, string> = {}) => {
  const { password, tls, ...rest } = parseConnection(url, environment);
  return { ...rest, password: password?.(), mode: tls.mode };
};

test('a URL gives user, password, host, port and database, percent-decoded', () => {
  expect(parse('postgres://app:p%40ss%3A%2F%25%20w@db.example:6543/My%20Shop')).toMatchObject({
    user: 'app',
    password: 'p@ss:/% w',
    host: 'db.example',
    port: 6543,
    database: 'My Shop',
    mode: 'prefer',
  });
});

test('every password survives a URL that encodes it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
      (password) => {
        expect(parse(`postgres://u:${encodeURIComponent(password)}@h/d`).password).toBe(password);
      },
    ),
  );
});

test('a raw @, colon or space in the password is understood', () => {
  expect(parse('postgres://u:a@b:c d@h/d')).toMatchObject({ user: 'u', password: 'a@b:c d', host: 'h' });
});

test('IPv6 hosts, socket directories and empty hosts are understood', () => {
  expect(parse('postgresql://[::1]:5433/d')).toMatchObject({ host: '::1', port: 5433 });
  expect(parse('postgres://u@%2Fvar%2Frun%2Fpostgresql/d')).toMatchObject({
    host: '/var/run/postgresql',
    mode: 'disable',
  });
  expect(parse('postgres:///d?host=/tmp&port=5433')).toMatchObject({
    host: '/tmp',
    port: 5433,
    database: 'd',
  });
  expect(parse('postgres://')).toMatchObject({ host: 'localhost', port: 5432 });
  expect(describeConnection(parseConnection('postgres://u@[::1]/d', {}))).toBe('d on [::1]:5432 as u');
});

test('what a URL leaves out comes from the PG variables, and a database is named as its user', () => {
  const environment = {
    PGHOST: 'h',
    PGPORT: '7',
    PGUSER: 'u',
    PGPASSWORD: 'p',
    PGSSLMODE: 'require',
    PGAPPNAME: 'a',
  };
  expect(parse('postgres://', environment)).toMatchObject({
    host: 'h',
    port: 7,
    user: 'u',
    password: 'p',
    database: 'u',
    mode: 'require',
    applicationName: 'a',
  });
  expect(parse('postgres://me@there/x', environment)).toMatchObject({
    host: 'there',
    user: 'me',
    database: 'x',
  });
});

test('parts are read like a URL, and ssl may be true, false, a mode or an object', () => {
  const mode = (ssl: boolean | string | Record<string, string>) =>
    parseConnection({ host: 'h', ssl }, {}).tls.mode;
  expect(mode(true)).toBe('require');
  expect(mode(false)).toBe('disable');
  expect(mode('verify-full')).toBe('verify-full');
  expect(mode({ root_cert: '/ca.pem' })).toBe('verify-full');
  expect(
    parseConnection({ host: 'h', port: 5, user: 'u', password: 'p@', database: 'd' }, {}).password?.(),
  ).toBe('p@');
});

const secret = 'S3cr3tWord';
test.each([
  `postgres://u:${secret}/x@h/d`,
  `postgres://u:${secret}?x@h/d`,
  `postgres://u:${secret}#x@h/d`,
  `postgres://u:%zz${secret}@h/d`,
  `postgres://u:${secret}`,
  `postgres://u:1?${secret}=1@h`,
  `postgres://u:1?${secret}`,
  `postgres://u:1?${secret}=1`,
  `mysql://u:${secret}@h/d`,
  `postgres://u:%ff${secret}@h/d`,
  `postgres://a,b:${secret}@h,i/d`,
])('the error about %s holds no piece of the password', (url) => {
  let failure: unknown;
  try {
    parseConnection(url, {});
  } catch (error) {
    failure = error;
  }
  expect(isSluiceError(failure, 'SLUICE_CONFIG_INVALID')).toBe(true);
  const shown = isSluiceError(failure)
    ? `${failure.message} ${failure.hint} ${failure.stack?.split('\n')[0]} ${String(failure.cause)}`
    : '';
  expect(shown).not.toContain(secret);
});

test('settings show no password in logs or JSON', () => {
  const settings = parseConnection('postgres://u:S3cr3t@h/d?sslpassword=S3cr3t', {});
  expect(JSON.stringify(settings)).not.toContain('S3cr3t');
  expect(JSON.stringify(clientConfig(settings, { applicationName: 'a' }))).not.toContain('S3cr3t');
});

test("sslmode has libpq's meaning", () => {
  const attempts = (mode: string) => tlsAttempts(parseConnection(`postgres://h/d?sslmode=${mode}`, {}).tls);
  expect(attempts('disable')).toEqual([false]);
  expect(attempts('allow')).toEqual([false, { rejectUnauthorized: false }]);
  expect(attempts('prefer')).toEqual([{ rejectUnauthorized: false }, false]);
  expect(attempts('require')).toEqual([{ rejectUnauthorized: false }]);
  expect(attempts('verify-full')).toEqual([{ rejectUnauthorized: true }]);
  expect(() => attempts('verify-ca')).toThrow('needs the certificate');
  expect(() => attempts('sometimes')).toThrow('unknown sslmode');
});

test('the same TLS goes to queries and replication, and the pinned settings win over the user’s options', () => {
  const settings = parseConnection('postgres://h/d?sslmode=require&options=-c%20TimeZone%3DAsia/Tokyo', {});
  const query = clientConfig(settings, { applicationName: 'a' });
  const replication = clientConfig(settings, { applicationName: 'a', replication: true });
  expect(replication.ssl).toEqual(query.ssl);
  expect(query.options).toMatch(/^-c TimeZone=Asia\/Tokyo .*-c TimeZone=UTC/);
  expect(query.options).toContain('-c DateStyle=ISO,\\ YMD');
  expect(replication).toMatchObject({ replication: 'database' });
});
