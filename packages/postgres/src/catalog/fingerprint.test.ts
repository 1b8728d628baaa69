import { expect, test } from 'vitest';
import { difference, fingerprint, membersOf, type TableTraits } from './fingerprint.ts';

const column = (name: string, shape: string | null = '1/23/-1', altered = '700') => ({
  name,
  shape,
  altered,
});
const traits: TableTraits = {
  members: '16384',
  publication: ['20000', '20001'],
  files: ['16390'],
  columns: [column('id'), column('ref', '2/20/-1')],
};
const names = ['id', 'ref', 'body'];
const after = (change: Partial<TableTraits>) =>
  difference(fingerprint(traits), fingerprint({ ...traits, ...change }), names);

test.each([
  ['another set of partitions', { members: '16400' }, 'set of partitions'],
  ['another entry in the publication', { publication: ['20000', '20002'] }, 'publication'],
  ['another type', { columns: [column('id'), column('ref', '2/25/-1')] }, 'column ref'],
  ['a column that is gone', { columns: [column('id'), column('ref', null)] }, 'column ref'],
  [
    'a rewrite by an alteration',
    { files: ['16391'], columns: [column('id'), column('ref', '2/20/-1', '701')] },
    'rewritten',
  ],
] as const)('%s is a reason', (_, change, reason) => {
  expect(after(change)).toContain(reason);
});

test.each([
  ['the same in another order', { columns: [column('ref', '2/20/-1'), column('id')] }],
  ['a rewrite that altered no column', { files: ['16391'] }],
  ['an alteration without rewrite', { columns: [column('id'), column('ref', '2/20/-1', '701')] }],
  ['a column watched since', { columns: [...traits.columns, column('body', '3/25/-1')] }],
  ['a column no longer watched', { columns: [column('id')] }],
] as const)('%s is none', (_, change) => {
  expect(after(change)).toBeNull();
});

test('a column that went and came back is another one, even if both were looked at', () => {
  const gone = fingerprint({ ...traits, columns: [column('id'), column('ref', null)] });
  const back = fingerprint({ ...traits, columns: [column('id'), column('ref', '3/20/-1')] });
  expect(difference(gone, back, names)).toContain('column ref');
});

test('where the members alone are known, the rest is taken as found', () => {
  expect(difference(membersOf(fingerprint(traits)), fingerprint(traits), names)).toBeNull();
  expect(difference('16400', fingerprint(traits), names)).toContain('set of partitions');
  expect(difference(fingerprint(traits), '', names)).toContain('made anew');
});

test('a table with twenty columns takes less than 250 bytes', () => {
  const columns = Array.from({ length: 20 }, (_, n) => column(`a_rather_long_column_name_${n}`));
  expect(fingerprint({ ...traits, columns }).length).toBeLessThan(250);
});
