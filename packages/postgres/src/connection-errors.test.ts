import pg from 'pg';
import { expect, test } from 'vitest';
import { mapPostgresError, sqlState } from './connection-errors.ts';

const fromServer = (code: string, message = 'm') =>
  Object.assign(new pg.DatabaseError(message, 1, 'error'), { code });
const fromNode = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

test.each([
  ...['57P01', '57P02', '57P03', '53300', '08006', '40001', '40P01', '55P03', '57014', '25006'].map(
    (code) => [fromServer(code), 'SLUICE_SOURCE_UNAVAILABLE'] as const,
  ),
  ...['28000', '28P01', '3D000', '42501'].map((code) => [fromServer(code), 'SLUICE_SOURCE_REFUSED'] as const),
  ...['42P01', '42703'].map((code) => [fromServer(code), 'SLUICE_SOURCE_DRIFT'] as const),
  ...['42601', '22012', 'XX000'].map((code) => [fromServer(code), 'SLUICE_INTERNAL'] as const),
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'].map(
    (code) => [fromNode(code), 'SLUICE_SOURCE_UNAVAILABLE'] as const,
  ),
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'EACCES'].map(
    (code) => [fromNode(code), 'SLUICE_SOURCE_REFUSED'] as const,
  ),
  [new Error('Connection terminated unexpectedly'), 'SLUICE_SOURCE_UNAVAILABLE'],
  [new Error('The server does not support SSL connections'), 'SLUICE_SOURCE_REFUSED'],
  [new TypeError('x is not a function'), 'SLUICE_INTERNAL'],
  [fromServer('08P01', 'unsupported startup parameter: options'), 'SLUICE_SOURCE_REFUSED'],
] as const)('%s is %s', (error, code) => {
  const mapped = mapPostgresError(error, 'do it');
  expect(mapped.code).toBe(code);
  expect(mapped.cause).toBe(error);
  expect(mapped.message).toMatch(/^Could not do it: /);
  expect(mapPostgresError(mapped, 'again')).toBe(mapped);
});

test('only what the server sent has an SQLSTATE', () => {
  expect(sqlState(fromServer('42P01'))).toBe('42P01');
  expect(sqlState(fromNode('EPIPE'))).toBeUndefined();
  expect(sqlState('x')).toBeUndefined();
});

test('several refused addresses are told as one reason', () => {
  const error = Object.assign(new AggregateError([new Error('connect A'), new Error('connect B')]), {
    code: 'ECONNREFUSED',
  });
  expect(mapPostgresError(error, 'connect').message).toBe('Could not connect: connect A; connect B');
});

test('a peer that is no Postgres is told from one that is down for a moment', () => {
  const silent = mapPostgresError(new Error('timeout expired'), 'connect to shop on db:9200 as app');
  expect(silent.code).toBe('SLUICE_SOURCE_UNAVAILABLE');
  expect(silent.message).toContain('does not speak the Postgres protocol');
  expect(silent.hint).toContain('host and port');
});

test('a missing password is told in plain words, by its own code', () => {
  const missing = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
  const mapped = mapPostgresError(missing, 'connect to shop on db:5432 as app');
  expect(mapped.code).toBe('SLUICE_SOURCE_REFUSED');
  expect(mapped.message).toMatch(/the server asks for a password, and none was given$/);
  expect(mapped.hint).toContain('PGPASSWORD');
});
