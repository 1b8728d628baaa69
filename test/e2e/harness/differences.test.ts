import { expect, test } from 'vitest';
import { differences } from './differences.ts';

test('missing, extra and different documents are told apart, down to the field', () => {
  const expected = new Map([
    ['1', { name: 'Ada', orders: [{ id: 1, status: 'new' }] }],
    ['2', { name: 'Bob', orders: [] }],
  ]);
  const held = new Map([
    ['1', { name: 'Ada', orders: [{ id: 1, status: 'paid' }] }],
    ['3', { name: 'Eve', orders: [] }],
  ]);
  expect(differences('users', expected, held)).toEqual([
    'users: 1.orders[0].status: expected "new", held "paid"',
    'users: 2 is missing',
    'users: 3 is there and should not be',
  ]);
});

test('a null that is absent is a difference', () => {
  expect(differences('users', new Map([['1', { a: null }]]), new Map([['1', {}]]))).toEqual([
    'users: 1.a: expected null, held "(absent)"',
  ]);
});

test('equal documents in any order of keys have no differences', () => {
  const one = new Map([['1', { a: 1, b: [null] }]]);
  expect(differences('users', one, new Map([['1', { b: [null], a: 1 }]]))).toEqual([]);
});
