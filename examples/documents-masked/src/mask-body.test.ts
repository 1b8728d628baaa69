import { expect, test } from 'vitest';
import { maskBody } from './mask-body.ts';

const secret = 'a secret of sixteen letters';

test('masks what a path leads to, through arrays too, and nothing else', () => {
  const body =
    '{"name":"Ada","email":"ada@example.org","orders":[{"email":"a@example.org","total":1.10},{"email":null,"total":9007199254740993}]}';
  const masked = maskBody(body, ['email', 'orders.email', 'no.such'], secret);
  const hidden = /^[0-9a-f]{32}$/;
  expect(JSON.parse(masked)).toEqual({
    name: 'Ada',
    email: expect.stringMatching(hidden),
    orders: [
      { email: expect.stringMatching(hidden), total: 1.1 },
      { email: null, total: 9007199254740992 },
    ],
  });
  expect(masked).toContain('"total":1.10');
  expect(masked).toContain('"total":9007199254740993');
});

test('the same value gives the same mask, another secret another', () => {
  const mask = (value: string, key: string) => maskBody(JSON.stringify({ value }), ['value'], key);
  expect(mask('x', secret)).toBe(mask('x', secret));
  expect(mask('x', secret)).not.toBe(mask('y', secret));
  expect(mask('x', secret)).not.toBe(mask('x', `${secret}.`));
});
