import { expect, test } from 'vitest';
import { notProvisionedError, remedyOf } from './readiness.ts';

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

test('the script is told with what it mends alone', () => {
  const script = { sections: [{ title: 'Rights', statements: ['GRANT everything'] }] };
  const option = { ...problem, message: 'The option names another database.', hint: 'Name this one.' };
  expect(notProvisionedError([option], script).hint).toBe('Name this one.');
  const denied = { ...problem, message: 'The role may not.', sql: ['GRANT one'] };
  expect(notProvisionedError([option, denied], script).hint).toContain('GRANT everything;');
  expect(notProvisionedError([], script).hint).toContain('GRANT everything;');
});
