import { describe, expect, test } from 'vitest';
import { documentDifferences } from './document-differences.ts';

describe('differences between two documents', () => {
  test('equal documents have none', () => {
    const document = { a: [1, { id: 2, b: null }], c: 'x' };
    expect(documentDifferences(document, structuredClone(document))).toEqual([]);
  });

  test('name an element by its id, wherever it stands', () => {
    const before = {
      orders: [
        { id: 1, status: 'new' },
        { id: 2, status: 'paid' },
      ],
    };
    const after = {
      orders: [
        { id: 2, status: 'shipped' },
        { id: 1, status: 'new' },
      ],
    };
    expect(documentDifferences(before, after)).toEqual([
      { path: 'orders[2].status', before: 'paid', after: 'shipped' },
    ]);
  });

  test('show what came and what went', () => {
    expect(documentDifferences({ orders: [{ id: 1 }] }, { orders: [{ id: 3 }] })).toEqual([
      { path: 'orders[1]', before: { id: 1 }, after: undefined },
      { path: 'orders[3]', before: undefined, after: { id: 3 } },
    ]);
  });

  test('a new document differs as a whole', () => {
    expect(documentDifferences(undefined, { id: 1 })).toEqual([
      { path: '', before: undefined, after: { id: 1 } },
    ]);
  });
});
