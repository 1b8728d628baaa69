import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDelay } from './backoff.ts';
import { missingChanges } from './captures/continuity.ts';
import { chooseGenerations } from './generations/generation-choice.ts';
import type { GenerationRecord } from './generations/generation-record.ts';
import { boundariesOf, mergeRanges, rangesOf } from './scans/key-ranges.ts';

describe('waits between attempts', () => {
  test('double up to the longest, less up to half', () => {
    const options = { firstMs: 100, maxMs: 5_000 };
    expect([1, 2, 3, 6, 7, 500].map((attempt) => nextDelay(attempt, 0, options))).toEqual([
      100, 200, 400, 3200, 5000, 5000,
    ]);
    expect(nextDelay(3, 0.999_999, options)).toBe(200);
  });
});

describe('continuity', () => {
  const comparePositions = (a: string, b: string) => Number(a) - Number(b);
  const ask = (recorded: { identity: string; position: string | null }, acknowledged: string | null) =>
    missingChanges({ recorded, capture: { identity: 'slot', acknowledged }, comparePositions });

  test('holds while the capture goes on from where the record is, or before', () => {
    expect(ask({ identity: 'slot', position: '10' }, '10')).toBeNull();
    expect(ask({ identity: 'slot', position: '10' }, '7')).toBeNull();
  });
  test('is broken when the capture went on without this sink', () =>
    expect(ask({ identity: 'slot', position: '10' }, '11')).toContain('up to 10'));
  test('is broken when changes come from elsewhere', () =>
    expect(ask({ identity: 'outbox', position: '10' }, '10')).toContain('outbox'));
  test('is broken when nothing was recorded, or nothing is known', () => {
    expect(ask({ identity: 'slot', position: null }, '1')).not.toBeNull();
    expect(ask({ identity: 'slot', position: '1' }, null)).not.toBeNull();
  });
});

describe('generations', () => {
  const record = (number: number, hash: string, seeded: boolean) =>
    ({ number, hash, seeded }) as GenerationRecord;
  const choose = (records: GenerationRecord[], hash: string) => {
    const choice = chooseGenerations(records, hash);
    const numbers = (list: readonly GenerationRecord[]) => list.map(({ number }) => number);
    return {
      current: choice.current?.number ?? null,
      next: choice.nextNumber,
      following: numbers(choice.following),
      abandoned: numbers(choice.abandoned),
    };
  };

  test('the first is made', () =>
    expect(choose([], 'a')).toEqual({ current: null, next: 1, following: [], abandoned: [] }));
  test('a changed schema starts the next and keeps the complete one in step', () =>
    expect(choose([record(1, 'a', true)], 'b')).toEqual({
      current: null,
      next: 2,
      following: [1],
      abandoned: [],
    }));
  test('a schema changed during a backfill drops the unfinished one', () =>
    expect(choose([record(1, 'a', true), record(2, 'b', false)], 'c')).toEqual({
      current: null,
      next: 3,
      following: [1],
      abandoned: [2],
    }));
  test('a schema changed back goes on with the complete one', () =>
    expect(choose([record(1, 'a', true), record(2, 'b', false)], 'a')).toEqual({
      current: 1,
      next: 3,
      following: [],
      abandoned: [2],
    }));
  test('an unfinished backfill goes on', () =>
    expect(choose([record(3, 'a', false)], 'a')).toEqual({
      current: 3,
      next: 4,
      following: [],
      abandoned: [],
    }));
});

describe('key ranges', () => {
  const boundaries = fc
    .uniqueArray(fc.nat(100_000), { maxLength: 300 })
    .map((keys) => keys.sort((a, b) => a - b).map((key) => [String(key)]));

  test('survive being kept as boundaries', () => {
    fc.assert(
      fc.property(boundaries, (keys) => {
        expect(boundariesOf(rangesOf(keys))).toEqual(keys);
      }),
    );
  });
  test('merged, are few and still cover every key once', () => {
    fc.assert(
      fc.property(boundaries, fc.integer({ min: 1, max: 50 }), (keys, most) => {
        const merged = mergeRanges(rangesOf(keys), most);
        expect(merged.length).toBeLessThanOrEqual(Math.max(most, 1));
        expect(merged[0]?.from).toBeNull();
        expect(merged.at(-1)?.to).toBeNull();
        for (const [at, range] of merged.entries())
          if (at > 0) expect(range.from).toEqual(merged[at - 1]?.to);
      }),
    );
  });
});
