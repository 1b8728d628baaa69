import { expect, test } from 'vitest';
import { missingMembers } from './product-shape.ts';

const method = () => undefined;
const sink = {
  ordering: 'versioned',
  fingerprint: method,
  ensureIndex: method,
  write: method,
  close: method,
};

test('a product may leave out what its contract leaves open', () => {
  expect(missingMembers('sink', sink)).toEqual([]);
});

test('a product must have every other member', () => {
  const { write: _, ...without } = sink;
  expect(missingMembers('sink', without)).toEqual(['write']);
  expect(missingMembers('sink', { ...sink, ordering: 'any' })).toEqual([
    'ordering ("versioned" or "in-order")',
  ]);
  expect(missingMembers('queue', null)).toEqual([
    'durable (true or false)',
    'publish',
    'take',
    'depth',
    'close',
  ]);
  expect(missingMembers('documents', {})).toEqual([
    'source',
    'version',
    'bind',
    'fence',
    'resolve',
    'build',
    'split',
    'scan',
    'absent',
    'close',
  ]);
});

test('a capability is there as a whole or not at all', () => {
  const halves = { ...sink, records: { list: method }, reader: 'yes', describe: 1 };
  expect(missingMembers('sink', halves)).toEqual([
    'describe',
    'records.put',
    'records.remove',
    'reader.list',
  ]);
});

test('a method may be inherited', () => {
  class Queue {
    durable = false;
    publish = method;
    take(): void {}
    depth(): void {}
    close(): void {}
  }
  expect(missingMembers('queue', new Queue())).toEqual([]);
});
