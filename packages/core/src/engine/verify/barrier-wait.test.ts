import { expect, test } from 'vitest';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { BarrierWait, whyStopped } from './barrier-wait.ts';

const plugin = { name: 'memory', reference: 'memory', options: {} };
const followed: GenerationRecord = {
  format: 1,
  index: 'orders',
  hash: '0123456789abcdef',
  number: 1,
  schema: shopSchema('shop'),
  source: { system: '1', databaseOid: '1', database: 'shop', host: 'db1', timeline: '1', version: '0' },
  epoch: 0,
  seeded: true,
  scan: null,
  requested: null,
  behind: null,
  capture: { identity: 'memory 1', position: null, plugin, besides: [] },
  lease: null,
};
const leftBehind: GenerationRecord = {
  ...followed,
  behind: 'the sink rejects 7: too large',
  scan: { kind: 'reconcile', reason: 'it was left behind', boundaries: null, finished: [], rows: 0 },
};

test.each([
  [
    'an index that its record says is stopped',
    leftBehind,
    'the index was stopped and left behind: the sink rejects 7: too large',
  ],
  [
    'an index that another one holds back',
    followed,
    'index "users" is stopped, and holds back what is recorded as durable: it is too large',
  ],
])(
  '%s is not waited for, and it is said why',
  async (_what, record, why) => {
    const world = new MemoryWorld();
    const capture = new MemoryCapture(world);
    const { signal } = new AbortController();
    await capture.provision({ tables: [] }, { signal });
    // Another process follows.
    if (world.mechanism !== null) world.mechanism.holder = {};
    const barrier = new BarrierWait({
      read: async () => record,
      readAll: async () => [record, { ...followed, index: 'users', stopped: 'it is too large' }],
      capture: { allowed: [{ plugin, capture }], reopen: async () => ({ plugin, capture }) },
      required: { tables: [] },
      timeoutMs: 600_000,
      signal,
    });
    expect(await barrier.pass()).toBe('late');
    expect(barrier.stopped).toBe(why);
  },
  20_000,
);

test.each([
  ['is written to', followed, null],
  ['is held, and the source with it', { ...followed, stopped: 'it is too large' }, 'is stopped'],
  ['was left behind', leftBehind, 'was stopped and left behind'],
  ['was left behind and is brought in step', { ...leftBehind, stopped: null }, null],
] as const)('what its record says of an index that %s', (_what, record, why) => {
  if (why === null) expect(whyStopped(record)).toBeNull();
  else expect(whyStopped(record)).toContain(why);
});
