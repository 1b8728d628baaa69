import { expect, test } from 'vitest';
import { wantsJson } from './json-flag.ts';

test.each([
  { argv: ['check', '--json'], env: {}, wanted: true },
  { argv: ['check'], env: {}, wanted: false },
  { argv: ['check'], env: { SLUICE_JSON: 'true' }, wanted: true },
  { argv: ['check'], env: { SLUICE_JSON: 'false' }, wanted: false },
  { argv: ['preview', 'users', '--', '--json'], env: {}, wanted: false },
])('$argv with $env: $wanted', ({ argv, env, wanted }) => {
  expect(wantsJson(argv, env)).toBe(wanted);
});
