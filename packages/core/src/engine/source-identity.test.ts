import { describe, expect, test } from 'vitest';
import { judgeIdentity } from './source-identity.ts';

const recorded = {
  system: '7',
  databaseOid: '5',
  database: 'shop',
  host: 'db1',
  timeline: '00000001',
  version: '100',
};
const now = { ...recorded, version: 120n };
const someoneElse = { holder: 'other', expires: 2_000 };
const ask = (change: Partial<Parameters<typeof judgeIdentity>[0]>) =>
  judgeIdentity({ recorded, lease: null, now, holder: 'me', clock: 1_000, ...change }).verdict;

describe('the source that wrote the index', () => {
  test('is the same when its history went on', () => expect(ask({})).toBe('same'));
  test('is the same under another host name when nobody writes', () =>
    expect(ask({ now: { ...now, host: 'db1.internal' } })).toBe('same'));
  test('is the same after a crash of this host, though the lease still runs', () =>
    expect(ask({ lease: someoneElse })).toBe('same'));
});

describe('a restarted history', () => {
  test('is taken over after a promotion under the same name', () =>
    expect(ask({ now: { ...now, timeline: '00000002' } })).toBe('restarted'));
  test('is taken over when transactions were lost', () =>
    expect(ask({ now: { ...now, version: 99n } })).toBe('restarted'));
  test('waits while another process still writes', () =>
    expect(ask({ now: { ...now, timeline: '00000002' }, lease: someoneElse })).toBe('leased'));
  test('is taken over once that lease has expired', () =>
    expect(ask({ now: { ...now, timeline: '00000002' }, lease: { ...someoneElse, expires: 999 } })).toBe(
      'restarted',
    ));
  test('is refused elsewhere: a restored copy must not write into production', () =>
    expect(ask({ now: { ...now, timeline: '00000002', host: 'staging' } })).toBe('refused'));
});

describe('another source', () => {
  test('of another cluster is refused', () => expect(ask({ now: { ...now, system: '8' } })).toBe('refused'));
  test('of another database in the same cluster is refused', () =>
    expect(ask({ now: { ...now, databaseOid: '6' } })).toBe('refused'));
  test('elsewhere is refused while the original is being followed', () =>
    expect(ask({ now: { ...now, host: 'copy' }, lease: someoneElse })).toBe('refused'));
});
