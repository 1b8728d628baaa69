import { expect, test } from 'vitest';
import { RecordConflict } from '../generations/target.ts';
import { RecentConflicts } from './recent-conflicts.ts';

const conflict = new RecordConflict('the record of users was changed by another process');

test('a record that is taken again and again is an error with what to do', () => {
  let time = 0;
  const recent = new RecentConflicts(() => time);
  for (let n = 1; n < 8; n += 1) {
    recent.add(conflict);
    time += 10_000;
  }
  expect(() => recent.add(conflict)).toThrow(
    expect.objectContaining({ code: 'SLUICE_SINK_SHARED', hint: expect.stringContaining('prefix') }),
  );
});

test('takeovers now and then are none', () => {
  let time = 0;
  const recent = new RecentConflicts(() => time);
  const often = () => {
    for (let n = 1; n <= 100; n += 1) {
      recent.add(conflict);
      time += 20_000;
    }
  };
  expect(often).not.toThrow();
});
