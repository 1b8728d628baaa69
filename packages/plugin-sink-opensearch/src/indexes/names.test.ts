import { expect, test } from 'vitest';
import { generation } from '../../test/fixture.ts';
import { aliasName, parsePhysicalName, physicalName, recordsIndex, writeAlias } from './names.ts';

const users = generation([], { number: 12 });

test('names are made of prefix, index, hash and generation', () => {
  expect(aliasName('staging_', 'users')).toBe('staging_users');
  expect(physicalName('staging_', users)).toBe('staging_users_0123456789abcdef_12');
  expect(writeAlias('x')).toBe('x_WRITE');
  expect(recordsIndex('')).toBe('.sluice');
});

test('a physical name is read back, and only by the deployment and index that made it', () => {
  const name = physicalName('staging_', users);
  expect(parsePhysicalName('staging_', 'users', name)).toEqual({ hash: '0123456789abcdef', number: 12 });
  expect(parsePhysicalName('', 'users', name)).toBeNull();
  expect(parsePhysicalName('', 'user', 'users_0123456789abcdef_1')).toBeNull();
  expect(parsePhysicalName('', 'users', 'users_0123456789abcdef_0')).toBeNull();
  expect(parsePhysicalName('', 'users', 'users_0123456789abcdef_1_old')).toBeNull();
});
