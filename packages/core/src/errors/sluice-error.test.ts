import { expect, test } from 'vitest';
import { asSluiceError, isSluiceError, SluiceError } from './sluice-error.ts';

const coded = (code: string, more: object = {}) => Object.assign(new Error('no answer'), { code, ...more });

test('an error of a plugin that has no code of ours is recognised by its code', () => {
  expect(isSluiceError(coded('SLUICE_SINK_UNAVAILABLE'))).toBe(true);
  expect(isSluiceError(coded('SLUICE_SINK_UNAVAILABLE'), 'SLUICE_SINK_UNAVAILABLE')).toBe(true);
  expect(isSluiceError(coded('SLUICE_SINK_UNAVAILABLE'), 'SLUICE_SINK_REFUSED')).toBe(false);
});

test.each([coded('ECONNREFUSED'), coded('toString'), new Error('none'), { code: 'SLUICE_INTERNAL' }, null])(
  'what has no code of the catalogue is no error of ours: %o',
  (value) => {
    expect(isSluiceError(value)).toBe(false);
    expect(asSluiceError(value).code).toBe('SLUICE_INTERNAL');
  },
);

test('a plugin’s error keeps its code, message and hint, and leads to its exit code', () => {
  const thrown = coded('SLUICE_SINK_REFUSED', { hint: 'Check the password.' });
  const error = asSluiceError(thrown);
  expect(error).toBeInstanceOf(SluiceError);
  expect(error).toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: 'no answer',
    hint: 'Check the password.',
    exitCode: 3,
    diagnostics: [],
    cause: thrown,
  });
  expect(asSluiceError(error)).toBe(error);
});
