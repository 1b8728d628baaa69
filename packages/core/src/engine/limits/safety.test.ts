import { expect, test } from 'vitest';
import type { CaptureHealth, SafetyLevel } from '../../contracts/index.ts';
import { judgeSafety, rises, type SafetyLimits } from './safety.ts';

const limits: SafetyLimits = {
  warnBytes: 1_000,
  warnAgeMs: 60_000,
  maxBytes: 10_000,
  maxAgeMs: 600_000,
  atLimit: 'keep',
  releaseAfterMs: 0,
};

const health = (of: Partial<CaptureHealth>): CaptureHealth => ({ state: 'ready', details: {}, ...of });

/** The level after each of these, one after the other. */
function levels(bytes: readonly number[]): readonly SafetyLevel[] {
  let level: SafetyLevel = 'fine';
  return bytes.map((retainedBytes) => {
    level = judgeSafety(health({ retainedBytes }), limits, level).level;
    return level;
  });
}

test('each level is reached above its bytes or its age', () => {
  expect(judgeSafety(health({ retainedBytes: 1_000 }), limits, 'fine').level).toBe('fine');
  expect(judgeSafety(health({ retainedBytes: 1_001 }), limits, 'fine').level).toBe('warning');
  expect(judgeSafety(health({ oldestAge: 60_001 }), limits, 'fine').level).toBe('warning');
  expect(judgeSafety(health({ retainedBytes: 10_001 }), limits, 'fine').level).toBe('limit');
  expect(judgeSafety(health({ oldestAge: 600_001 }), limits, 'fine').level).toBe('limit');
  expect(judgeSafety(health({}), limits, 'fine').level).toBe('fine');
});

test('what hovers around a level stays in it until it is well below', () => {
  expect(levels([1_001, 990, 1_001, 810, 800, 1_000])).toEqual([
    'warning',
    'warning',
    'warning',
    'warning',
    'fine',
    'fine',
  ]);
  expect(levels([10_001, 9_000, 8_000, 10_000, 10_001])).toEqual([
    'limit',
    'limit',
    'warning',
    'warning',
    'limit',
  ]);
});

test('a level is told of on the way up alone', () => {
  expect(rises('fine', 'warning')).toBe(true);
  expect(rises('warning', 'limit')).toBe(true);
  expect(rises('limit', 'warning')).toBe(false);
  expect(rises('warning', 'warning')).toBe(false);
});

test('every reason is told, in the user’s words', () => {
  const { reasons } = judgeSafety(health({ retainedBytes: 20_000, oldestAge: 7_200_000 }), limits, 'fine');
  expect(reasons).toEqual([
    '20 KiB are kept, with `max_bytes` at 9.8 KiB',
    'the oldest change waits since 2 h, with `max_age` at 10 min',
  ]);
});

test('a source that is about to let go by itself is a warning, however little it keeps', () => {
  const verdict = judgeSafety(health({ state: 'endangered', reason: 'nearly full' }), limits, 'fine');
  expect(verdict).toEqual({ level: 'warning', reasons: ['nearly full'] });
});
