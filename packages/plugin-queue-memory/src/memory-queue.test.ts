import { setMaxListeners } from 'node:events';
import type { ChangeBatch } from '@sluice/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import plugin, { MemoryQueue } from './index.ts';

const never = new AbortController().signal;
// Many publishers wait under this one signal.
setMaxListeners(0, never);

function batch(name: string, changes = 1, bytes = 10): ChangeBatch {
  const change = { table: { schema: 'public', name: 'users' }, operation: 'insert' as const };
  return {
    changes: Array.from({ length: changes }, () => change),
    token: name,
    position: name,
    transactions: [],
    committedAt: null,
    bytes,
  };
}

/** Whether a promise has settled once every callback that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise.catch(() => undefined), turn])) !== pending;
}

function tokens(batches: readonly ChangeBatch[] | null): unknown[] | null {
  return batches === null ? null : batches.map(({ token }) => token);
}

describe('publish', () => {
  test('waits while full and goes on, in order, as room appears', async () => {
    const queue = new MemoryQueue({ maxBytes: 20, maxChanges: 100 });
    await queue.publish(batch('a'), never);
    await queue.publish(batch('b'), never);
    const third = queue.publish(batch('c', 1, 20), never);
    const fourth = queue.publish(batch('d', 1, 1), never);
    expect(await isSettled(third)).toBe(false);
    expect(await isSettled(fourth)).toBe(false);
    expect(tokens(await queue.take(1, never))).toEqual(['a']);
    expect(await isSettled(third)).toBe(false);
    expect(tokens(await queue.take(1, never))).toEqual(['b']);
    await third;
    expect(await isSettled(fourth)).toBe(false);
    expect(tokens(await queue.take(1, never))).toEqual(['c']);
    await fourth;
    expect(queue.depth()).toEqual({ batches: 1, changes: 1, bytes: 1 });
  });

  test('lets a batch larger than the bound in alone', async () => {
    const queue = new MemoryQueue({ maxBytes: 20, maxChanges: 5 });
    await queue.publish(batch('small'), never);
    const large = queue.publish(batch('large', 50, 1000), never);
    expect(await isSettled(large)).toBe(false);
    expect(tokens(await queue.take(1, never))).toEqual(['small']);
    await large;
    expect(tokens(await queue.take(1, never))).toEqual(['large']);
  });

  test('bounds batches that only move the position', async () => {
    const queue = new MemoryQueue({ maxBytes: 20, maxChanges: 2 });
    await queue.publish(batch('a', 0, 0), never);
    await queue.publish(batch('b', 0, 0), never);
    expect(await isSettled(queue.publish(batch('c', 0, 0), never))).toBe(false);
    expect(queue.depth()).toEqual({ batches: 2, changes: 0, bytes: 0 });
  });

  test('throws the reason when aborted, before and while waiting, and makes way for the next', async () => {
    const queue = new MemoryQueue({ maxBytes: 20, maxChanges: 100 });
    await expect(queue.publish(batch('x'), AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    await queue.publish(batch('a', 1, 15), never);
    const controller = new AbortController();
    const stuck = queue.publish(batch('b', 1, 15), controller.signal);
    const behind = queue.publish(batch('c', 1, 5), never);
    expect(await isSettled(behind)).toBe(false);
    controller.abort(new Error('stopped'));
    await expect(stuck).rejects.toThrow('stopped');
    await behind;
    expect(tokens(await queue.take(10, never))).toEqual(['a', 'c']);
  });

  test('refuses a batch once the queue is closed', async () => {
    const queue = new MemoryQueue({ maxBytes: 20, maxChanges: 100 });
    await queue.close();
    await expect(queue.publish(batch('a'), never)).rejects.toMatchObject({ code: 'SLUICE_INTERNAL' });
  });
});

describe('take', () => {
  test('gives all that is there up to the limit, at least one batch', async () => {
    const queue = new MemoryQueue({ maxBytes: 1000, maxChanges: 1000 });
    for (const [name, changes] of [
      ['a', 3],
      ['b', 3],
      ['c', 3],
      ['d', 9],
    ] as const) {
      await queue.publish(batch(name, changes), never);
    }
    expect(tokens(await queue.take(7, never))).toEqual(['a', 'b']);
    expect(tokens(await queue.take(3, never))).toEqual(['c']);
    expect(tokens(await queue.take(3, never))).toEqual(['d']);
  });

  test('waits for a batch and does not wait for more', async () => {
    const queue = new MemoryQueue({ maxBytes: 1000, maxChanges: 1000 });
    const taken = queue.take(100, never);
    expect(await isSettled(taken)).toBe(false);
    await queue.publish(batch('a'), never);
    expect(tokens(await taken)).toEqual(['a']);
  });

  test('throws the reason when aborted and loses nothing by it', async () => {
    const queue = new MemoryQueue({ maxBytes: 1000, maxChanges: 1000 });
    const controller = new AbortController();
    const aborted = queue.take(100, controller.signal);
    controller.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    await queue.publish(batch('a'), never);
    expect(tokens(await queue.take(100, never))).toEqual(['a']);
  });

  test('drains a closed queue, with those who were waiting to publish, and then gives null', async () => {
    const queue = new MemoryQueue({ maxBytes: 10, maxChanges: 100 });
    await queue.publish(batch('a'), never);
    const waiting = queue.publish(batch('b'), never);
    await queue.close();
    expect(tokens(await queue.take(100, never))).toEqual(['a']);
    await waiting;
    expect(tokens(await queue.take(100, never))).toEqual(['b']);
    expect(await queue.take(100, never)).toBeNull();
  });

  test('gives null to a taker that waits when the queue is closed', async () => {
    const queue = new MemoryQueue({ maxBytes: 10, maxChanges: 100 });
    const taken = queue.take(100, never);
    await queue.close();
    expect(await taken).toBeNull();
  });
});

test('whatever is published comes out once, in order, and the bound holds all the while', async () => {
  const sizes = fc.record({ changes: fc.nat({ max: 12 }), bytes: fc.nat({ max: 40 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(sizes, { maxLength: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 40 }),
      async (published, maxBytes, maxChanges, limit) => {
        const queue = new MemoryQueue({ maxBytes, maxChanges });
        const batches = published.map(({ changes, bytes }, n) => batch(String(n), changes, bytes));
        const publishing = Promise.all(batches.map((one) => queue.publish(one, never))).then(() =>
          queue.close(),
        );
        const out: unknown[] = [];
        for (;;) {
          const depth = queue.depth();
          if (depth.batches > 1) {
            expect(depth.bytes).toBeLessThanOrEqual(maxBytes);
            expect(depth.changes).toBeLessThanOrEqual(maxChanges);
          }
          const taken = await queue.take(limit, never);
          if (taken === null) break;
          const changes = taken.reduce((sum, { changes: { length } }) => sum + length, 0);
          expect(taken.length === 1 || changes <= limit).toBe(true);
          out.push(...(tokens(taken) ?? []));
        }
        await publishing;
        expect(out).toEqual(batches.map(({ token }) => token));
        expect(queue.depth()).toEqual({ batches: 0, changes: 0, bytes: 0 });
      },
    ),
  );
});

test('as a plugin it has bounds by default and takes sizes with units', () => {
  const parse = (value: unknown) => plugin.options['~standard'].validate(value);
  expect(parse({})).toEqual({ value: { max_bytes: 33_554_432, max_changes: 100_000 } });
  expect(parse({ max_bytes: '1MiB', max_changes: 5 })).toEqual({
    value: { max_bytes: 1_048_576, max_changes: 5 },
  });
  expect(parse({ max_bytes: 5, depth: 1 })).toMatchObject({
    issues: [{ path: ['max_bytes'] }, { keys: ['depth'] }],
  });
});
