import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { librariesOf, unpackedVersion } from './debian-package.ts';

test('of what the package depends on, the libraries are taken, the C library and other programs are not', () => {
  const depends =
    'lsb-base, postgresql-common, libc-ares2 (>= 1.11.0~rc1), libc6 (>= 2.34), libevent-2.1-7t64 (>= 2.1.8-stable), libsystemd0 | libelogind0';
  expect(librariesOf(depends)).toEqual(['libc-ares2', 'libevent-2.1-7t64', 'libsystemd0']);
});

test('what was unpacked before is found without any list of packages', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'sluice-cache-'));
  expect(unpackedVersion(join(cache, 'none'))).toBeUndefined();
  expect(unpackedVersion(cache)).toBeUndefined();
  await mkdir(join(cache, 'pgbouncer-1.18.0-1+deb12u1'));
  await mkdir(join(cache, '.pgbouncer-9.unfinished'));
  expect(unpackedVersion(cache)).toBe('1.18.0-1+deb12u1');
  await rm(cache, { recursive: true });
});
