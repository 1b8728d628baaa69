import { expect, test } from 'vitest';
import { remedyOf } from './readiness.ts';

const problem = {
  code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
  message: 'Some do not fire.',
  fixable: false,
} as const;

test('a problem that keeps nobody from running names its remedy, and where its SQL is found', () => {
  expect(remedyOf(problem)).toBeUndefined();
  expect(remedyOf({ ...problem, hint: 'The owner has to.' })).toBe('The owner has to.');
  const told = remedyOf({ ...problem, hint: 'The owner has to run this.', sql: ['ALTER TABLE t'] });
  expect(told).toBe('The owner has to run this. `sluice provision --print` prints the SQL.');
});
