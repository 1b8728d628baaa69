import { expect, test } from 'vitest';
import { paletteFor } from '../output/palette.ts';
import type { ReadStatus } from './read-status.ts';
import { renderStatus } from './render-status.ts';
import { captureStatus } from './run-status.ts';

const gib = 2 ** 30;
const status: ReadStatus = {
  source: { host: 'db:5432', database: 'shop' },
  captures: [
    {
      capture: 'wal',
      state: 'ready',
      level: 'fine',
      reason: null,
      heldBy: 'session 7 (sluice capture sluice)',
      retainedBytes: 24 * 2 ** 20,
      changes: null,
      oldestAgeMs: 0,
      unreadMs: null,
      sourceLimitBytes: 64 * gib,
      safeBytes: 60 * gib,
      details: {},
    },
  ],
  limits: {
    warnBytes: gib,
    warnAgeMs: 600_000,
    maxBytes: 8 * gib,
    maxAgeMs: 21_600_000,
    atLimit: 'keep',
    releaseAfterMs: 30_000,
  },
  sinks: [{ name: 'search', required: true, reachable: true }],
  indexes: [
    {
      index: 'users',
      sink: 'search',
      required: true,
      generation: 2,
      hash: 'a',
      state: 'reconciling',
      complete: true,
      reason: 'the slot was dropped',
      scan: { rows: 100, ranges: 4, finished: 1 },
      capture: 'wal',
      position: '0/1A',
      writer: null,
    },
  ],
  deadLetters: 3,
};
const lines = (changed: Partial<ReadStatus>) => renderStatus({ ...status, ...changed }, paletteFor({}, {}));
const capture = (changed: Partial<ReadStatus['captures'][number]>) =>
  lines({ captures: status.captures.map((each) => ({ ...each, ...changed })) });

test('shows the source, what it keeps and who follows it, and every index', () => {
  expect(lines({})).toEqual([
    'source: shop on db:5432',
    'wal: ready',
    '  followed by session 7 (sluice capture sluice)',
    '  kept for Sluice: 24 MiB',
    '  at 8 GiB or 6 h: a warning; nothing is let go (`source.limits.at_limit: keep`)',
    '  the server itself lets go at 64 GiB, in 60 GiB',
    'documents put aside: 3 (`sluice dead-letters list`)',
    '',
    'index  sink    generation  state                        durable up to  reason',
    '-----  ------  ----------  ---------------------------  -------------  --------------------',
    'users  search  2           reconciling (1 of 4 ranges)  0/1A           the slot was dropped',
  ]);
});

test('says what a limit that is reached leads to, that nobody follows, and what a lost slot costs', () => {
  expect(capture({ level: 'limit', heldBy: null, oldestAgeMs: 90_000 })).toEqual(
    expect.arrayContaining([
      'wal: ready, and at its limit',
      '  nobody follows it now',
      '  kept for Sluice: 24 MiB, the oldest waits since 90 s',
    ]),
  );
  expect(capture({ state: 'lost', reason: 'it was let go', heldBy: null }).join('\n')).toContain(
    'reads all rows again: every index is reconciled',
  );
});

test('says since when nobody reads, where that is all that is known, and no age of a change', () => {
  const health = { state: 'ready', oldestAge: 90_000, details: { unread_ms: 90_000 } } as const;
  expect(captureStatus({ capture: 'wal', health, level: 'fine' })).toMatchObject({
    oldestAgeMs: null,
    unreadMs: 90_000,
  });
  expect(capture({ heldBy: null, oldestAgeMs: null, unreadMs: 90_000 })).toContain(
    '  kept for Sluice: 24 MiB, not read by anybody since 90 s',
  );
});

test('says what does not answer', () => {
  const away = lines({
    source: null,
    captures: [],
    sinks: [{ name: 'search', required: true, reachable: false }],
    indexes: [],
  });
  expect(away.slice(0, 2)).toEqual(['source: does not answer', 'sinks that do not answer: search']);
  expect(away.at(-1)).toBe('which indexes are on record is unknown');
  expect(lines({ indexes: [] }).at(-1)).toMatch(/^no index is on record/);
});

test('a scan that does not go on is no progress: it is said what users find', () => {
  const rows = (complete: boolean) =>
    lines({
      indexes: status.indexes.map((each) => ({ ...each, state: 'stopped', reason: 'rejected', complete })),
    }).at(-1);
  expect(rows(true)).toMatch(/ stopped +0\/1A +rejected$/);
  expect(rows(false)).toMatch(/ stopped \(never complete\) +0\/1A +rejected$/);
});
