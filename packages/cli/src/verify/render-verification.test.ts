import type { Verification } from '@sluice/core/engine';
import { expect, test } from 'vitest';
import { paletteFor } from '../output/palette.ts';
import { renderVerification } from './render-verification.ts';

const plain = paletteFor({}, { NO_COLOR: '1' });

const equal: Verification = {
  index: 'users',
  sink: 'search',
  generation: 3,
  hash: '0123456789abcdef',
  promoted: true,
  compared: 1_000_000,
  listed: 999_999,
  sample: null,
  from: 100n,
  to: 120n,
  epoch: 0,
  barrier: null,
  followed: true,
  problems: [],
  counts: {
    missing: 0,
    extra: 0,
    stale: 0,
    type: 0,
    different: 0,
    future: 0,
    unbuildable: 0,
    unsettled: 0,
  },
  differences: [],
  repaired: 0,
  exceptions: { deadLetters: 0, skipped: 0 },
  notes: [],
  durationMs: 160_000,
};

test('what is equal takes two lines', () => {
  expect(renderVerification(equal, plain)).toBe(
    `users in search, generation 3: equal
  1,000,000 documents compared, 999,999 looked up, in 2 min 40 s`,
  );
});

test('differences are told by kind, place and field, and those beyond the first twenty are counted', () => {
  const text = renderVerification(
    {
      ...equal,
      promoted: false,
      counts: { ...equal.counts, missing: 29, different: 1 },
      problems: [{ kind: 'alias', message: 'users find nothing', repaired: false }],
      differences: [
        {
          kind: 'different',
          id: '["eu",7]',
          routing: 'a',
          key: ['eu', '7'],
          heldVersion: 88n,
          version: 91n,
          fields: [
            { path: 'name', expected: '"Ada L."', held: '"Ada"', otherType: false },
            { path: 'email', expected: null, held: '"a@b"', otherType: false },
          ],
          reason: 'the sink rejects it: too large',
        },
        ...Array.from({ length: 29 }, (_, n) => ({
          kind: 'missing' as const,
          id: `${n}`,
          routing: null,
          key: [`${n}`],
          heldVersion: null,
          version: 91n,
          fields: [],
          reason: null,
        })),
      ],
      exceptions: { deadLetters: 2, skipped: 0 },
      notes: ['nobody keeps it in step'],
    },
    plain,
  );
  expect(text.split('\n').slice(0, 9).join('\n')).toBe(
    `users in search, generation 3 (not searched): alias, 29 missing, 1 different
  1,000,000 documents compared, 999,999 looked up, in 2 min 40 s
  2 dead letters (\`sluice dead-letters list users\`)
  note: nobody keeps it in step
  wrong: users find nothing
  different ["eu",7] (routing a), key eu 7 (held at 88, compared at 91): the sink rejects it: too large
    name: "Ada" instead of "Ada L."
    email: "a@b" instead of nothing
  missing 0`,
  );
  expect(text.split('\n').at(-1)).toBe('  … and 10 more (--json lists the first 1,000)');
});

test('what was mended is equal again', () => {
  expect(renderVerification({ ...equal, repaired: 2 }, plain)).toContain(
    `equal again\n  1,000,000 documents compared, 999,999 looked up, in 2 min 40 s\n  2 were wrong and are mended`,
  );
});
