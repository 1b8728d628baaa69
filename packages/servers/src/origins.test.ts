import { isSluiceError, SluiceError } from '@sluice/core';
import { expect, test } from 'vitest';
import { firstAvailable, NotHere } from './origins.ts';

const fails = (error: Error) => () => Promise.reject(error);

test('takes the first that starts', async () => {
  const started = await firstAvailable('server', [
    { origin: 'given', start: fails(new NotHere('no URL')) },
    { origin: 'container', start: async () => 'container' },
    { origin: 'embedded', start: async () => 'embedded' },
  ]);
  expect(started).toBe('container');
});

test('a given server that does not answer is not replaced by another', async () => {
  const refused = new SluiceError('SLUICE_SERVER_UNAVAILABLE', 'The given server does not answer');
  const attempt = firstAvailable('server', [
    { origin: 'given', start: fails(refused) },
    { origin: 'embedded', start: async () => 'embedded' },
  ]);
  await expect(attempt).rejects.toBe(refused);
});

test('says why each way failed, and gives the one line that would help', async () => {
  const error: unknown = await firstAvailable('OpenSearch', [
    { origin: 'given', start: fails(new NotHere('no URL')) },
    { origin: 'container', start: fails(new Error('the image cannot be pulled')) },
    { origin: 'embedded', start: fails(new NotHere('no Java', 'apt-get install java')) },
  ]).catch((reason: unknown) => reason);

  expect(isSluiceError(error, 'SLUICE_SERVER_UNAVAILABLE')).toBe(true);
  expect(error).toMatchObject({
    message:
      'No OpenSearch can be had here.\n  given: no URL\n  container: the image cannot be pulled\n  embedded: no Java',
    hint: 'apt-get install java',
  });
});
