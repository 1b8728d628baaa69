import { expect, test } from 'vitest';
import { paletteFor } from '../output/palette.ts';
import type { ProgressSnapshot } from './progress.ts';
import { renderView } from './view.ts';

const plain = paletteFor({}, {});
const state: ProgressSnapshot = {
  phase: 'backfilling',
  elapsed: 12_000,
  fills: [
    {
      index: 'customers',
      sink: 'search',
      kind: 'backfill',
      rows: 8_400,
      total: 20_000,
      done: false,
      perSecond: 2_100,
      timeLeft: 5_523,
    },
    {
      index: 'products',
      sink: 'search',
      kind: 'backfill',
      rows: 200,
      total: 200,
      done: true,
      perSecond: 0,
      timeLeft: 0,
    },
  ],
  written: 18_200,
  deleted: 12,
  rejected: 0,
  deadLetters: 0,
  perSecond: 2_140,
  latency: 7,
  waiting: [],
  warning: null,
};

test('shows the phase, each index with its time left, and what was written', () => {
  expect(renderView(state, plain, 100)).toEqual([
    'sluice  backfilling  12 s',
    '  customers → search  ██████████░░░░░░░░░░░░░░  42%  8,400 of 20,000  2,100/s  5.5 s left',
    '  products → search  filled, 200 rows',
    '  18,200 documents written, 12 deleted, 2,140/s; commit to durable 7 ms',
  ]);
});

test('says what is waited for, and never breaks a line', () => {
  const waiting = [{ name: 'sink search', attempt: 4, reason: `refused\n${'x'.repeat(200)}` }];
  const lines = renderView({ ...state, waiting }, plain, 60);
  expect(lines.at(-1)).toBe('  waiting for sink search (attempt 4): refused');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});

test('shows a warning whole, with its hint on lines of its own', () => {
  const warning = { message: `The slot ${'is held '.repeat(8)}up.`, hint: 'Commit it, or end the session.' };
  const lines = renderView({ ...state, warning }, plain, 40);
  const told = lines.slice(lines.findIndex((line) => line.includes('warning:')));
  expect(told.join(' ').replaceAll(/\s+/g, ' ').trim()).toBe(`warning: ${warning.message} ${warning.hint}`);
  expect(told.at(-1)).toBe('    Commit it, or end the session.');
  for (const line of told) expect(line.length).toBeLessThanOrEqual(40);
});
