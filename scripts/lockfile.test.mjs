import { describe, expect, test } from 'vitest';
import { isInstalled, missingOptional, platformOf } from './lockfile.mjs';

describe('isInstalled', () => {
  const packages = {
    '': { version: '1.0.0' },
    'packages/core': { version: '1.0.0' },
    'node_modules/@sluice/core': { link: true },
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/@swc/core-darwin-arm64': { version: '1.16.22', optional: true },
  };
  const installed = {
    'node_modules/@sluice/core': { link: true },
    'node_modules/zod': { version: '4.6.7' },
  };

  test('packages of other platforms need not be there', () => {
    expect(isInstalled({ packages }, { packages: installed })).toBe(true);
  });

  test.each([
    ['another version', { ...installed, 'node_modules/zod': { version: '4.6.6' } }],
    ['a missing package', { 'node_modules/@sluice/core': { link: true } }],
    ['a copy in place of the workspace', { ...installed, 'node_modules/@sluice/core': { version: '1.0.0' } }],
  ])('%s is noticed', (_what, found) => {
    expect(isInstalled({ packages }, { packages: found })).toBe(false);
  });
});

test('finds optional packages that are missing at every place where Node would look', () => {
  const optionalDependencies = { '@swc/core-linux-x64-gnu': '1.0.0', '@swc/core-win32-x64-msvc': '1.0.0' };
  const packages = {
    '': {},
    'node_modules/a': {},
    'node_modules/a/node_modules/@swc/core': { dev: true, optionalDependencies },
    'node_modules/a/node_modules/@swc/core-linux-x64-gnu': {},
  };
  expect(missingOptional({ packages })).toEqual([
    { name: '@swc/core-win32-x64-msvc', version: '1.0.0', dev: true },
  ]);
  const complete = { ...packages, 'node_modules/@swc/core-win32-x64-msvc': {} };
  expect(missingOptional({ packages: complete })).toEqual([]);
});

test.each([
  ['@biomejs/cli-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
  ['@swc/core-linux-x64-musl', { cpu: ['x64'], libc: ['musl'], os: ['linux'] }],
  ['@oxlint/binding-linux-arm-gnueabihf', { cpu: ['arm'], libc: ['glibc'], os: ['linux'] }],
  ['@oxlint/binding-win32-ia32-msvc', { cpu: ['ia32'], os: ['win32'] }],
  ['@oxlint-tsgolint/win32-x64', { cpu: ['x64'], os: ['win32'] }],
])('%s is for %j', (name, platform) => {
  expect(platformOf(name)).toEqual(platform);
});

test('a name that says no platform is an error', () => {
  expect(() => platformOf('fsevents')).toThrow('fsevents');
});
