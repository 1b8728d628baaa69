import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdRuns, runsOf } from './id-runs.ts';

const idsOf = (runs: readonly { first: number; last: number }[]) =>
  runs.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

const someIds = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((ids) => ids.sort((a, b) => a - b));

test('runs hold the ids they were made of, the neighbours together', () => {
  expect(runsOf([1, 2, 3, 7, 9, 10])).toEqual([
    { first: 1, last: 3 },
    { first: 7, last: 7 },
    { first: 9, last: 10 },
  ]);
  fc.assert(
    fc.property(someIds, (ids) => {
      expect(idsOf(runsOf(ids))).toEqual(ids);
    }),
  );
});

test('gaps are what was not added, or was removed, above the mark', () => {
  fc.assert(
    fc.property(fc.array(someIds), fc.integer({ min: 0, max: 40 }), (batches, low) => {
      const set = new IdRuns();
      const held = new Set<number>();
      for (const [index, batch] of batches.entries()) {
        const fresh = batch.filter((id) => !held.has(id));
        set.add(runsOf(fresh));
        for (const id of fresh) held.add(id);
        if (index % 3 !== 2) continue;
        const some = batch.filter((_, at) => at % 2 === 0);
        set.remove(runsOf(some));
        for (const id of some) held.delete(id);
      }
      const gaps = set.gapsAbove(low);
      const free = gaps.flatMap(({ after, before }) =>
        Array.from({ length: (before ?? 62) - after - 1 }, (_, index) => after + 1 + index),
      );
      const expected = Array.from({ length: 61 - low }, (_, index) => low + 1 + index).filter(
        (id) => !held.has(id),
      );
      expect(free).toEqual(expected);
      expect(gaps.at(-1)?.before).toBeNull();
    }),
  );
});
