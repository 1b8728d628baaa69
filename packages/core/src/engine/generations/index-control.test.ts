import { describe, expect, test } from 'vitest';
import { chooseGenerations } from './generation-choice.ts';
import type { GenerationRecord } from './generation-record.ts';
import {
  type ControlRequest,
  decided,
  emptyControl,
  forConfiguration,
  type IndexControl,
  promotedIn,
  renumbered,
} from './index-control.ts';
import { stateOf } from './stored-generations.ts';

const name = (number: number, hash = 'a') => ({ hash, number });
const record = (number: number, more: Partial<GenerationRecord> = {}) =>
  ({
    ...name(number),
    index: 'users',
    seeded: true,
    scan: null,
    requested: null,
    behind: null,
    ...more,
  }) as GenerationRecord;
const asked = (action: ControlRequest['action'], more: Partial<ControlRequest> = {}): ControlRequest => ({
  id: 'x',
  action,
  keep: false,
  askedAt: 0,
  state: 'asked',
  reason: null,
  generation: null,
  ...more,
});
const control = (more: Partial<IndexControl> = {}): IndexControl => ({ ...emptyControl('users'), ...more });

describe('a request', () => {
  const context = { configured: 'a', promoted: name(1) };

  test('to reindex leads to the next number of all, and remembers what is in use', () => {
    const records = [record(1), record(4, { hash: 'old', dropping: true })];
    expect(decided(control({ request: asked('reindex') }), { ...context, records })).toMatchObject({
      inUse: name(1),
      choice: { configured: 'a', generation: name(5) },
      request: { state: 'working', generation: name(5) },
    });
  });

  test.each([
    ['nothing is kept', { kept: null }, {}, 'no former generation is kept'],
    ['it is gone', { kept: name(3) }, {}, 'gone'],
    ['it is being dropped', { kept: name(1) }, { dropping: true }, 'gone'],
    ['it is frozen', { kept: name(1) }, { frozen: 'a column is gone' }, 'a column is gone'],
    ['it was left behind', { kept: name(1) }, { behind: 'rejected' }, 'left behind'],
    ['it is being scanned', { kept: name(1) }, { requested: { depth: 'full', reason: '' } }, 'in step again'],
  ] as const)('to roll back is refused where %s', (_why, state, kept, reason) => {
    const records = [record(1, kept), record(2)];
    const before = control({ request: asked('rollback'), inUse: name(2), ...state });
    const { request, choice } = decided(before, { ...context, records });
    expect(choice).toBeNull();
    expect(request).toMatchObject({ state: 'refused', reason: expect.stringContaining(reason) });
  });

  test('to roll back while the next one is built leads to the one in use', () => {
    const records = [record(1), record(2, { seeded: false })];
    const before = control({ request: asked('rollback'), inUse: name(1) });
    expect(decided(before, { ...context, records })).toMatchObject({
      choice: { generation: name(1) },
      request: { state: 'working' },
    });
  });

  test('that is decided is not decided again', () => {
    const before = control({ request: asked('reindex', { state: 'working', generation: name(2) }) });
    expect(decided(before, { ...context, records: [record(1)] })).toBe(before);
  });
});

test('a choice counts for the configuration that it was made under, and comes back under no other', () => {
  const chosen = control({ choice: { configured: 'b', generation: name(1) } });
  expect(forConfiguration(chosen, 'b')).toBe(chosen);
  expect(forConfiguration(forConfiguration(chosen, 'c'), 'b').choice).toBeNull();
  const working = { ...chosen, request: asked('reindex', { state: 'working' }) };
  expect(forConfiguration(working, 'c').request).toMatchObject({ state: 'refused' });
});

describe('once a generation is promoted', () => {
  const building = control({
    inUse: name(1),
    request: asked('reindex', { state: 'working', keep: true, generation: name(2) }),
  });

  test('the one in use before is kept where that was asked for, also after a crash behind the move', () => {
    for (const before of [name(1), name(2)]) {
      expect(promotedIn(building, name(2), { before, keepFormer: false })).toMatchObject({
        inUse: name(2),
        kept: name(1),
        request: { state: 'done' },
      });
    }
  });
  test('it is not kept where nobody asked', () => {
    const changed = control({ inUse: name(1) });
    expect(promotedIn(changed, name(2, 'b'), { before: name(1), keepFormer: false }).kept).toBeNull();
    expect(promotedIn(changed, name(2, 'b'), { before: name(1), keepFormer: true }).kept).toEqual(name(1));
  });
  test('what users searched already changes nothing', () => {
    const still = control({ inUse: name(2), kept: name(1) });
    expect(promotedIn(still, name(2), { before: name(2), keepFormer: false })).toBe(still);
  });
});

describe('of the generations', () => {
  test('a reindex that made nothing yet makes the one it decided on', () => {
    const before = control({
      choice: { configured: 'a', generation: name(7) },
      request: asked('reindex', { state: 'working', generation: name(7) }),
    });
    expect(chooseGenerations([record(1)], 'a', before)).toMatchObject({ current: null, nextNumber: 7 });
    expect(chooseGenerations([record(1)], 'a', renumbered(before, name(7), 8)).nextNumber).toBe(8);
    const made = record(7, { seeded: false });
    expect(chooseGenerations([record(1), made], 'a', before).current).toBe(made);
  });
  test('one that is being dropped is never gone on with', () => {
    const going = record(2, { dropping: true });
    const choice = chooseGenerations([record(1), going], 'a');
    expect(choice).toMatchObject({ current: record(1), nextNumber: 3, abandoned: [going] });
  });
  test('each has one state', () => {
    const records = [
      record(1, { hash: 'old' }),
      record(2),
      record(3, { seeded: false, hash: 'b' }),
      record(4, { hash: 'c', frozen: 'x' }),
    ];
    const state = (kept: number, configured: string | null) =>
      records.map((each) =>
        stateOf(each, {
          records,
          promoted: name(2),
          configured,
          control: control({ kept: records.find(({ number }) => number === kept) ?? null }),
        }),
      );
    expect(state(1, 'b')).toEqual(['kept', 'promoted', 'building', 'unused']);
    expect(state(4, 'b')).toEqual(['unused', 'promoted', 'building', 'frozen']);
    expect(state(1, null)).toEqual(['kept', 'promoted', 'unused', 'unused']);
  });
});
