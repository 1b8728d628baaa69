import type { RequiredTable } from '@sluice/core';
import { expect, test } from 'vitest';
import { missingLinks, planIdentity } from './identity.ts';
import type { ColumnState, IndexState, MemberState } from './state.ts';

const column = (name: string, more: Partial<ColumnState> = {}): ColumnState => ({
  name,
  notNull: true,
  generated: 'no',
  unbounded: false,
  ...more,
});
const index = (name: string, columns: readonly string[], more: Partial<IndexState> = {}): IndexState => ({
  name,
  columns,
  unique: true,
  primary: false,
  identity: false,
  valid: true,
  immediate: true,
  partial: false,
  comment: null,
  ...more,
});
const member = (more: Partial<MemberState> = {}): MemberState => ({
  oid: 7,
  table: { schema: 'public', name: 'items' },
  identity: 'default',
  storage: 'logged',
  owned: true,
  mayIndex: true,
  owner: 'me',
  columns: [column('id'), column('order_id'), column('code')],
  indexes: [index('items_pkey', ['id'], { primary: true })],
  bounded: [],
  published: null,
  filtered: false,
  direct: false,
  otherPublications: [],
  ...more,
});
const needs = (...links: string[]): RequiredTable => ({
  table: { schema: 'public', name: 'items' },
  key: ['id'],
  links: ['id', ...links],
  watched: ['id', ...links],
  uses: [],
});
const plan = (state: MemberState, required: RequiredTable) => planIdentity(state, required, 'left-out');

test('a primary key that holds every link is enough, and so is FULL', () => {
  expect(plan(member(), needs())).toEqual({ kind: 'fine' });
  expect(plan(member({ identity: 'full', indexes: [] }), needs('order_id'))).toEqual({ kind: 'fine' });
});

test('identity NOTHING goes back to the primary key where that is enough', () => {
  expect(plan(member({ identity: 'nothing' }), needs())).toEqual({ kind: 'default' });
});

test('a link outside the key asks for a unique index over key and links', () => {
  expect(missingLinks(member(), needs('order_id'))).toEqual(['order_id']);
  expect(plan(member(), needs('order_id'))).toMatchObject({
    kind: 'new-index',
    columns: ['id', 'order_id'],
    invalid: false,
  });
});

test('an index that fits is taken, one that is invalid, partial, deferrable or not unique is not', () => {
  const fitting = index('fits', ['order_id', 'id']);
  const pkey = index('items_pkey', ['id'], { primary: true });
  const having = (more: Partial<IndexState>) =>
    plan(member({ indexes: [pkey, { ...fitting, ...more }] }), needs('order_id'));
  expect(having({})).toEqual({ kind: 'index', index: 'fits' });
  for (const flaw of [
    { valid: false },
    { partial: true },
    { immediate: false },
    { unique: false },
    { columns: ['order_id', null] },
  ]) {
    expect(having(flaw).kind).toBe('new-index');
  }
});

test('what a former attempt left invalid is built again under its name', () => {
  const first = plan(member(), needs('order_id'));
  const name = first.kind === 'new-index' ? first.index : '';
  const left = member({
    indexes: [
      index('items_pkey', ['id'], { primary: true }),
      index(name, ['id', 'order_id'], { valid: false }),
    ],
  });
  expect(plan(left, needs('order_id'))).toEqual({ ...first, invalid: true });
});

test('what an identity logs for others stays logged', () => {
  const state = member({
    identity: 'index',
    indexes: [index('items_pkey', ['id'], { primary: true }), index('by_code', ['code'], { identity: true })],
  });
  expect(plan(state, needs('order_id'))).toMatchObject({ columns: ['id', 'order_id', 'code'] });
});

test.each([
  ['no primary key', member({ indexes: [] })],
  ['a link that may be NULL', member({ columns: [column('id'), column('order_id', { notNull: false })] })],
  [
    'a link of unbounded size without an index',
    member({ columns: [column('id'), column('order_id', { unbounded: true })] }),
  ],
])('%s needs FULL', (_, state) => {
  expect(plan(state, needs('order_id')).kind).toBe('full');
});

test('a long link that some index or foreign key holds already fits another index', () => {
  const columns = [column('id'), column('order_id', { unbounded: true })];
  expect(plan(member({ columns, bounded: ['order_id'] }), needs('order_id')).kind).toBe('new-index');
});

test('a missing column is drift; a generated one is impossible until it can be published', () => {
  expect(plan(member(), needs('gone'))).toMatchObject({ kind: 'impossible', drift: true });
  const columns = [column('id'), column('order_id', { generated: 'stored' })];
  expect(plan(member({ columns }), needs('order_id'))).toMatchObject({ kind: 'impossible', drift: false });
  expect(planIdentity(member({ columns }), needs('order_id'), 'published').kind).toBe('full');
});
