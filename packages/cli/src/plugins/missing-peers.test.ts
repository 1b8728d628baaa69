import { expect, test } from 'vitest';
import { missingPeers } from './missing-peers.ts';

test('peers are missing where they are needed, and neither there nor the core', () => {
  const packages = {
    '': {},
    'node_modules/sluice-kafka': { peerDependencies: { '@sluice/core': '>=0.1.0', '@acme/codec': '1' } },
    'node_modules/driver': {
      peerDependencies: { zstd: '1', 'present-peer': '1' },
      peerDependenciesMeta: { zstd: { optional: true } },
    },
    'node_modules/driver/node_modules/present-peer': {},
  };
  expect(missingPeers({ packages })).toEqual(['@acme/codec']);
  expect(missingPeers({})).toEqual([]);
});
