import { expect, test } from 'vitest';
import { serverConfig, sourceLimits } from './run-settings.ts';

test('a maximum below the default warning brings the warning down with it', () => {
  expect(sourceLimits({ max_bytes: 1_000, max_age: 60_000 })).toMatchObject({
    warnBytes: 500,
    warnAgeMs: 30_000,
    maxBytes: 1_000,
    maxAgeMs: 60_000,
  });
});

test('a warning above the default maximum takes the maximum up with it', () => {
  const { warnBytes, maxBytes } = sourceLimits({ warn_bytes: 2 ** 40 });
  expect([warnBytes, maxBytes]).toEqual([2 ** 40, 2 ** 40]);
});

test('by default nothing is let go, and 1 GiB or ten minutes are warned of', () => {
  expect(sourceLimits({})).toEqual({
    warnBytes: 2 ** 30,
    warnAgeMs: 600_000,
    maxBytes: 2 ** 33,
    maxAgeMs: 21_600_000,
    atLimit: 'keep',
    releaseAfterMs: 30_000,
  });
});

test('only the public server has a default address, on this machine alone', () => {
  expect(serverConfig({})).toEqual({ public: { host: '127.0.0.1', port: 9464 }, private: null, hosts: [] });
  expect(serverConfig({ public: false, private: '[::1]:1', token: 'x' })).toEqual({
    public: null,
    private: { address: { host: '::1', port: 1 }, token: 'x' },
    hosts: [],
  });
});
