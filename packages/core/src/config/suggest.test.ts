import { expect, test } from 'vitest';
import { suggest, suggestionHint } from './suggest.ts';

test.each([
  ['conection', ['connection', 'capture'], 'connection'],
  ['captrue', ['connection', 'capture'], 'capture'],
  ['onReject', ['on_reject', 'sinks'], 'on_reject'],
  ['has-many', ['has_one', 'has_many'], 'has_many'],
  ['Prefix', ['prefix'], 'prefix'],
  ['wla', ['wal', 'triggers'], 'wal'],
  ['zebra', ['prefix', 'queue'], null],
  ['', ['wal'], null],
])('for `%s` among %j suggests %j', (name, candidates, expected) => {
  expect(suggest(name, candidates)).toBe(expected);
});

test('lists what is allowed where nothing is near', () => {
  expect(suggestionHint('zebra', ['prefix', 'queue'])).toBe('Allowed here: `prefix`, `queue`.');
  expect(suggestionHint('prefx', ['prefix', 'queue'])).toBe('Did you mean `prefix`?');
  expect(suggestionHint('x', [])).toBeUndefined();
});
