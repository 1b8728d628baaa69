import type { Verification } from '@sluice/core/engine';
import { expect, test } from 'vitest';
import { paletteFor } from '../output/palette.ts';
import { renderVerification } from './render-verification.ts';

const plain = paletteFor({}, { NO_COLOR: '1' });

const none = {
  missing: 0,
  extra: 0,
  stale: 0,
  type: 0,
  different: 0,
  future: 0,
  unbuildable: 0,
  unsettled: 0,
};

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
  counts: none,
  differences: [],
  repaired: 0,
  repairedCounts: none,
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
          mended: false,
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
          mended: false,
        })),
      ],
      exceptions: { deadLetters: 1, skipped: 0 },
      notes: ['nobody keeps it in step'],
    },
    plain,
  );
  expect(text.split('\n').slice(0, 9).join('\n')).toBe(
    `users in search, generation 3 (not searched): alias, 29 missing, 1 different
  1,000,000 documents compared, 999,999 looked up, in 2 min 40 s
  1 dead letter (\`sluice dead-letters list users\`)
  note: nobody keeps it in step
  wrong: users find nothing
  different ["eu",7] (routing a), key eu 7 (held at 88, compared at 91): the sink rejects it: too large
    name: "Ada" instead of "Ada L."
    email: "a@b" instead of nothing
  missing 0`,
  );
  expect(text.split('\n').at(-1)).toBe('  … and 10 more (--json lists the first 1,000)');
});

test('what was mended is told of like what is wrong, after it, and makes the index equal again', () => {
  const mended = {
    key: ['7'],
    id: '7',
    routing: null,
    heldVersion: 1n << 50n,
    version: 91n,
    fields: [],
    mended: true,
  };
  const text = renderVerification(
    {
      ...equal,
      repaired: 23,
      repairedCounts: { ...none, missing: 22, future: 1 },
      differences: [
        { ...mended, kind: 'future', reason: 'the epoch was raised, and the whole index reconciled' },
        { ...mended, kind: 'missing', id: '8', key: ['8'], heldVersion: null, reason: null },
      ],
    },
    plain,
  );
  expect(text).toBe(
    `users in search, generation 3: equal again
  1,000,000 documents compared, 999,999 looked up, in 2 min 40 s
  23 were wrong and are mended: 22 missing, 1 from the future
  mended: from the future 7 (held at 1125899906842624, compared at 91): the epoch was raised, and the whole index reconciled
  mended: missing 8
  … and 21 more (--json lists the first 1,000)`,
  );
});
