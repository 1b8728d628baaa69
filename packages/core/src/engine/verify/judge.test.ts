import { expect, test } from 'vitest';
import { type JudgeQuestion, judge } from './judge.ts';

const expected = {
  key: { key: ['1'], id: '1', routing: null },
  version: 100n,
  body: '{"a":1,"b":"x"}',
};
const held = (version: bigint, body: string) => ({ version, body });

/** A row at 100 that the sink holds in the same words at 90, everything up to 100 durable. */
const right: JudgeQuestion = {
  expected,
  held: held(90n, expected.body),
  limit: 100n,
  now: null,
  outcome: 'passed',
  missedBefore: null,
};

function verdict(question: Partial<JudgeQuestion>): string {
  const judged = judge({ ...right, ...question });
  return judged.verdict === 'different' ? judged.difference.kind : judged.verdict;
}

const gone = { ...expected, body: null };
const altered = held(90n, '{"a":2,"b":"x"}');

test.each<[string, string, Partial<JudgeQuestion>]>([
  ['the same words', 'equal', {}],
  ['the same in other words', 'equal', { held: held(90n, '{ "b":"x", "a":1.0 }') }],
  ['the same from a later snapshot', 'equal', { held: held(105n, expected.body), now: 110n }],
  ['nothing, and there should be nothing', 'equal', { expected: gone, held: null }],
  ['something else, before anything was waited for', 'again', { held: altered, outcome: 'unknown' }],
  ['nothing, before anything was waited for', 'again', { held: null, outcome: 'unknown' }],
  ['something else, when the process was late', 'again', { held: altered, outcome: 'late' }],
  ['something else', 'different', { held: altered }],
  ['something else, and nobody follows', 'different', { held: altered, outcome: 'nobody' }],
  ['another type', 'type', { held: held(90n, '{"a":"1","b":"x"}') }],
  ['another type and another value', 'different', { held: held(90n, '{"a":"1","b":"y"}') }],
  ['something else, exactly of that snapshot', 'different', { held: held(100n, altered.body) }],
  ['something else, from a later snapshot', 'again', { held: held(101n, altered.body), now: 110n }],
  ['a document that should not be there', 'extra', { expected: gone }],
  ['a document that came later', 'again', { expected: gone, held: held(101n, '{}'), now: 110n }],
  ['nothing, for the first time', 'again', { held: null }],
  ['nothing, twice, while the row stayed', 'missing', { held: null, missedBefore: expected.body }],
  ['nothing, twice, while the row changed', 'again', { held: null, missedBefore: '{"a":0}' }],
  ['nothing, and nobody follows', 'missing', { held: null, outcome: 'nobody' }],
  ['a version above the present', 'future', { held: held(111n, expected.body), now: 110n }],
  [
    'a version above the present, before anything',
    'future',
    { held: held(111n, '{}'), now: 110n, outcome: 'unknown' },
  ],
])('the sink holds %s: %s', (_what, wanted, question) => {
  expect(verdict(question)).toBe(wanted);
});

test('a difference names place, key, versions and fields', () => {
  expect(judge({ ...right, held: altered })).toEqual({
    verdict: 'different',
    difference: {
      kind: 'different',
      key: ['1'],
      id: '1',
      routing: null,
      version: 100n,
      heldVersion: 90n,
      fields: [{ path: 'a', expected: '1', held: '2', otherType: false }],
      reason: null,
    },
  });
});
