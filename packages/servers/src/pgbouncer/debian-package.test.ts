import { expect, test } from 'vitest';
import { librariesOf } from './debian-package.ts';

test('of what the package depends on, the libraries are taken, the C library and other programs are not', () => {
  const depends =
    'lsb-base, postgresql-common, libc-ares2 (>= 1.11.0~rc1), libc6 (>= 2.34), libevent-2.1-7t64 (>= 2.1.8-stable), libsystemd0 | libelogind0';
  expect(librariesOf(depends)).toEqual(['libc-ares2', 'libevent-2.1-7t64', 'libsystemd0']);
});
