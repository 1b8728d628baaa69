import { expect, test } from 'vitest';
import { trackProgress } from './progress.ts';

const fill = { index: 'users', sink: 'search', kind: 'backfill' as const, total: 10_000, done: false };

function tracked() {
  let time = 1_000_000;
  const progress = trackProgress(() => time);
  return {
    ...progress,
    after: (ms: number) => {
      time += ms;
    },
  };
}

test('the time left of a fill follows from its rate', () => {
  const { observer, snapshot, after } = tracked();
  observer.backfill?.({ ...fill, rows: 0 });
  after(4_000);
  observer.backfill?.({ ...fill, rows: 4_000 });
  expect(snapshot().fills).toEqual([{ ...fill, rows: 4_000, perSecond: 1_000, timeLeft: 6_000 }]);
});

test('rows that a former process filled do not count as speed', () => {
  const { observer, snapshot, after } = tracked();
  observer.backfill?.({ ...fill, rows: 9_000 });
  after(1_000);
  expect(snapshot().fills[0]).toMatchObject({ rows: 9_000, perSecond: 0, timeLeft: null });
});

test('latency is the median of what became durable, and unknown before', () => {
  const { observer, snapshot } = tracked();
  expect(snapshot().latency).toBeNull();
  for (const ms of [5, 7, 400]) observer.durable?.({ changes: 1, committedAt: 100, at: 100 + ms });
  expect(snapshot().latency).toBe(7);
});

test('a sink is waited for until it answers again', () => {
  const { observer, snapshot } = tracked();
  const error = new Error('connection refused');
  observer.retry?.({ what: 'sink', name: 'search', attempt: 3, delayMs: 100, error });
  expect(snapshot().waiting).toEqual([{ name: 'sink search', attempt: 3, reason: 'connection refused' }]);
  observer.recovered?.({ what: 'sink', name: 'search' });
  expect(snapshot().waiting).toEqual([]);
});

test('dead letters of every generation count until they are cleared, or go with their generation', () => {
  const { observer, snapshot } = trackProgress(() => 0);
  const letters = (generation: number, total: number) =>
    observer.deadLetters?.({ index: 'users', sink: 'search', generation, added: 0, cleared: 0, total });
  letters(1, 3);
  letters(2, 1);
  expect(snapshot().deadLetters).toBe(4);
  letters(1, 0);
  expect(snapshot().deadLetters).toBe(1);
});
