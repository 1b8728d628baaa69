import { describe, expect, test } from 'vitest';
import { judgeIdentity } from './source-identity.ts';

const recorded = {
  system: '7',
  databaseOid: '5',
  database: 'shop',
  host: 'db1:5432',
  started: '2026-01-01T00:00:00.000001Z',
  timeline: '00000001',
  version: '100',
};
const now = { ...recorded, version: 120n };
const restart = { ...now, started: '2026-02-02T00:00:00.000002Z' };
const promoted = { ...restart, timeline: '00000002' };
const older = { ...restart, version: 99n };
const elsewhere = { host: 'copy:5432' };
const ask = (change: Partial<Parameters<typeof judgeIdentity>[0]>) =>
  judgeIdentity({ recorded, lease: 'free', now, ...change }).verdict;

describe('the server that the index was written from', () => {
  test('is the same when its history went on', () => expect(ask({})).toBe('same'));
  test.each(['free', 'held', 'renewed'] as const)(
    'is the same under whatever name while it runs, whoever writes (%s)',
    (lease) => expect(ask({ now: { ...now, host: '/var/run/postgresql:5432' }, lease })).toBe('same'),
  );
  test('is the same under another database name while it runs', () =>
    expect(ask({ now: { ...now, database: 'renamed' } })).toBe('same'));
  test('is the same after a restart once nobody else writes', () =>
    expect(ask({ now: restart })).toBe('same'));
  test('is waited for after a restart while another process may write', () =>
    expect(ask({ now: restart, lease: 'held' })).toBe('leased'));
  test('is a copy when another process goes on writing from one that was started at another time', () =>
    expect(ask({ now: restart, lease: 'renewed' })).toBe('refused'));
  test('cannot be told from a copy after a restart under another name', () =>
    expect(ask({ now: { ...restart, ...elsewhere } })).toBe('refused'));
});

describe('a restarted history', () => {
  test.each([
    ['a promotion', promoted],
    ['lost transactions', older],
  ])('is taken over under the same name after %s once nobody else writes', (_what, source) =>
    expect(ask({ now: source })).toBe('restarted'),
  );
  test.each(['held', 'renewed'] as const)('waits while another process may still write (%s)', (lease) =>
    expect(ask({ now: promoted, lease })).toBe('leased'),
  );
  test.each([
    ['promoted', promoted],
    ['older', older],
  ])('is refused elsewhere: a restored copy must not write into production (%s)', (_what, source) =>
    expect(ask({ now: { ...source, ...elsewhere } })).toBe('refused'),
  );
});

describe('another source', () => {
  test('of another cluster is refused', () => expect(ask({ now: { ...now, system: '8' } })).toBe('refused'));
  test('of another database in the same cluster is refused', () =>
    expect(ask({ now: { ...now, databaseOid: '6' } })).toBe('refused'));
});

describe('a source that does not say when it was started', () => {
  const { started: _, ...silent } = now;
  test('is the same by its name and history', () =>
    expect(ask({ now: silent, lease: 'renewed' })).toBe('same'));
  test('is the same under another name only where nobody writes', () => {
    const renamed = { ...silent, ...elsewhere };
    expect([ask({ now: renamed }), ask({ now: renamed, lease: 'held' })]).toEqual(['same', 'refused']);
  });
});
