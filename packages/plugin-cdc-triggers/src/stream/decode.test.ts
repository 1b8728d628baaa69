import { expect, test } from 'vitest';
import { decodeRows, type Layout } from './decode.ts';
import type { OutboxOperation, OutboxRow } from './outbox-row.ts';

const table = { schema: 'shop', name: 'items' };
const layouts = new Map<number, Layout>([
  [1, { table, columns: ['id', 'order'], mode: 'row' }],
  [2, { table, columns: ['id', 'order'], mode: 'statement' }],
  [3, { table: null, columns: ['id'], mode: 'row' }],
]);

let id = 0;
function row(op: OutboxOperation, tuples: (string | null)[][] = [], src = 1, xid = '9'): OutboxRow {
  id += 1;
  return { id, xid, src, op, tuples, at: 0, bytes: 0 };
}

const changesOf = (...rows: OutboxRow[]) => decodeRows(rows, layouts).changes;

test('a row trigger tells of both places of a row that moved', () => {
  expect(
    changesOf(
      row('u', [
        ['1', '5'],
        ['1', null],
      ]),
    ),
  ).toEqual([
    { table, operation: 'update', before: { id: '1', order: '5' }, after: { id: '1', order: null } },
  ]);
  expect(changesOf(row('u', [['1', '5']]))).toEqual([
    { table, operation: 'update', after: { id: '1', order: '5' } },
  ]);
});

test('two tuples of a statement trigger are two rows', () => {
  expect(
    changesOf(
      row(
        'u',
        [
          ['1', '5'],
          ['2', '6'],
        ],
        2,
      ),
    ),
  ).toEqual([
    { table, operation: 'update', after: { id: '1', order: '5' } },
    { table, operation: 'update', after: { id: '2', order: '6' } },
  ]);
});

test('what a statement trigger wrote is told of whole after the table went over to row triggers', () => {
  const ids = changesOf(
    row('u', [
      ['1', '5'],
      ['2', '6'],
      ['3', '7'],
    ]),
  ).map(({ after }) => after?.['id']);
  expect(ids).toEqual(['1', '2', '3']);
});

test('a deleted row is told of as it was', () => {
  expect(changesOf(row('d', [['1', '5']]))).toEqual([
    { table, operation: 'delete', before: { id: '1', order: '5' } },
  ]);
});

test('rows of tables that no plan needs are passed over', () => {
  expect(changesOf(row('i', [['1']], 3), row('i', [['1']], 99))).toEqual([]);
});

test('emptying a whole table is one change, though its partitions tell of it too', () => {
  expect(changesOf(row('t'), row('p'), row('p'))).toEqual([{ table, operation: 'truncate' }]);
  expect(changesOf(row('p'), row('p', [], 1, '10'))).toEqual([
    { table, operation: 'resync', reason: 'a partition was truncated' },
  ]);
});

test('however many rows a trigger could not read, the table is resynced once, and looked at', () => {
  const unknown = () => row('r', [['42703', 'record "old" has no field "n"']]);
  const { changes, drifted } = decodeRows([unknown(), unknown()], layouts);
  expect(changes).toEqual([
    {
      table,
      operation: 'resync',
      reason: 'its trigger could not read a row: record "old" has no field "n" (SQLSTATE 42703)',
    },
  ]);
  expect(drifted).toEqual([table]);
});

test('a gap that was mended is a resync with its reason, and no drift', () => {
  const { changes, drifted } = decodeRows([row('r', [['gap', 'a trigger of it was missing']])], layouts);
  expect(changes).toEqual([{ table, operation: 'resync', reason: 'a trigger of it was missing' }]);
  expect(drifted).toEqual([]);
});

test('the highest marker is told', () => {
  const [first, second] = [row('m', [], 0), row('m', [], 0)];
  expect(decodeRows([first, second], layouts)).toEqual({
    changes: [],
    drifted: [],
    marker: BigInt(second.id),
  });
});
