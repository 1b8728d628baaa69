import { expect, test } from 'vitest';
import { waitFor } from './wait.ts';

test('gives back what the condition gave', async () => {
  let looks = 0;
  const seen = await waitFor(() => (++looks === 3 ? { looks } : undefined), { what: 'three looks' });
  expect(seen).toEqual({ looks: 3 });
});

test('takes a condition that throws as not yet', async () => {
  let looks = 0;
  const condition = () => {
    looks += 1;
    if (looks < 3) throw new Error('too early');
    return true;
  };
  await expect(waitFor(condition, { what: 'the third look' })).resolves.toBe(true);
});

test('says what it waited for and what it saw last', async () => {
  const options = { what: 'a miracle', deadlineMs: 30, intervalMs: 5 };
  await expect(waitFor(() => 0, options)).rejects.toThrow(
    'Waited in vain for a miracle, 30 ms; last seen: 0',
  );
  await expect(
    waitFor(() => {
      throw new Error('no luck');
    }, options),
  ).rejects.toThrow('last seen: no luck');
});
