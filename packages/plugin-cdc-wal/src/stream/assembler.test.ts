import type { Change } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { makeBatch } from './batch.ts';
import { FollowedTables } from './followed-tables.ts';
import type { Segment } from './segment.ts';
import { SegmentQueue } from './segment-queue.ts';

const name = { schema: 'public', name: 'items' };

function followed(): FollowedTables {
  const tables = new FollowedTables();
  const required = { table: name, key: ['id'], links: ['id'], watched: ['id'], uses: [] };
  const member = {
    oid: 1,
    table: name,
    identity: 'default',
    storage: 'logged',
    owned: true,
    owner: 'me',
    mayIndex: true,
    columns: [],
    indexes: [],
    bounded: [],
    published: [],
    filtered: false,
    direct: true,
    otherPublications: [],
  } as const;
  tables.replace(
    [{ required, oid: 1, partitioned: false, owned: true, direct: true, members: [member], lineage: '1' }],
    [],
  );
  return tables;
}

const limits = { bytes: 1 << 20, changes: 7 };

function assemble(onSegment: (segment: Segment) => void) {
  return new Assembler(followed(), { bytes: 1 << 20, changes: 3 }, 'barrier', onSegment, 0n);
}

function transaction(assembler: Assembler, xid: number, rows: number, end: bigint): void {
  assembler.accept({ kind: 'begin', xid });
  for (let row = 0; row < rows; row += 1) {
    assembler.accept({
      kind: 'row',
      oid: 1,
      operation: 'insert',
      after: { id: `${xid}/${row}` },
      bytes: 100,
    });
  }
  assembler.accept({ kind: 'commit', end, committedAt: xid });
}

test('whatever the sizes and the consumer’s pace, changes keep their order and positions stand only at ends', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ rows: fc.nat(20), takes: fc.nat(3), idle: fc.boolean() }), { maxLength: 30 }),
      (script) => {
        const queue = new SegmentQueue(1 << 30, () => undefined);
        const assembler = assemble((segment) => queue.push(segment));
        const changes: Change[] = [];
        const ends = new Map<bigint, number>([[0n, 0]]);
        let written = 0;
        let before = 0n;
        let sequence = 0;
        const take = () => {
          const segments = queue.take(limits);
          if (segments.length === 0) return;
          sequence += 1;
          const batch = makeBatch(segments, [], { sequence, stream: 1, before });
          changes.push(...batch.changes);
          expect(batch.changes.length).toBeLessThanOrEqual(limits.changes);
          before = batch.token.lsn;
          // Everything that committed before the position has been yielded, and nothing else counts.
          if (batch.position !== null) expect(changes.length).toBe(ends.get(before));
          expect(changes.length).toBeGreaterThanOrEqual(ends.get(before) ?? Number.NaN);
          const xids = new Set(segments.map(({ xid }) => xid).filter((xid) => xid !== null));
          if (segments.some(({ partial }) => partial)) expect(xids.size).toBeLessThanOrEqual(1);
        };
        script.forEach(({ rows, takes, idle }, index) => {
          const end = BigInt(index * 10 + 10);
          written += rows;
          ends.set(end, written);
          ends.set(end + 5n, written);
          transaction(assembler, index + 1, rows, end);
          if (idle) assembler.keepalive(end + 5n);
          for (let count = 0; count < takes; count += 1) take();
        });
        while (!queue.empty) take();
        const expected = script.flatMap(({ rows }, index) =>
          Array.from({ length: rows }, (_, row) => `${index + 1}/${row}`),
        );
        expect(changes.map(({ after }) => after?.['id'])).toEqual(expected);
        expect(queue.bytes).toBe(0);
      },
    ),
  );
});

test('a keepalive inside a transaction moves nothing, nor does one that is behind', () => {
  const segments: Segment[] = [];
  const assembler = assemble((segment) => segments.push(segment));
  assembler.accept({ kind: 'begin', xid: 1 });
  assembler.keepalive(100n);
  expect(segments).toEqual([]);
  assembler.accept({ kind: 'commit', end: 200n, committedAt: 0 });
  assembler.keepalive(150n);
  assembler.keepalive(200n);
  expect(segments.map(({ end }) => end)).toEqual([200n]);
});

test('only a barrier of our own is urgent', () => {
  const queue = new SegmentQueue(1 << 20, () => undefined);
  const assembler = assemble((segment) => queue.push(segment));
  const message = (prefix: string, end: bigint) => {
    assembler.accept({ kind: 'begin', xid: 1 });
    assembler.accept({ kind: 'message', transactional: true, prefix });
    assembler.accept({ kind: 'commit', end, committedAt: 0 });
  };
  message('somebody', 10n);
  expect(queue.urgent).toBe(false);
  message('barrier', 20n);
  expect(queue.urgent).toBe(true);
  expect(queue.take(limits).at(-1)?.end).toBe(20n);
});

test('what is injected during a transaction follows it, at its position', () => {
  const segments: Segment[] = [];
  const assembler = assemble((segment) => segments.push(segment));
  assembler.accept({ kind: 'begin', xid: 1 });
  assembler.inject([{ table: name, operation: 'resync', reason: 'r' }]);
  assembler.accept({ kind: 'row', oid: 1, operation: 'delete', before: { id: '1' }, bytes: 1 });
  assembler.accept({ kind: 'commit', end: 10n, committedAt: 0 });
  expect(segments.map(({ changes, end }) => [changes.map(({ operation }) => operation), end])).toEqual([
    [['delete'], 10n],
    [['resync'], 10n],
  ]);
});

test('the queue presses once above its mark and lets go below half of it', () => {
  const said: string[] = [];
  const queue = new SegmentQueue(1000, (pressure) => said.push(pressure));
  const assembler = assemble((segment) => queue.push(segment));
  for (let xid = 1; xid <= 10; xid += 1) transaction(assembler, xid, 1, BigInt(xid));
  expect(said).toEqual(['high']);
  queue.take({ bytes: 600, changes: 100 });
  expect(said).toEqual(['high']);
  while (!queue.empty) queue.take({ bytes: 600, changes: 100 });
  expect(said).toEqual(['high', 'low']);
});
