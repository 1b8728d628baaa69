import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Change, ChangeBatch, Queue } from '../../contracts/index.ts';
import { expectEqual, expectThat, outcomeOf } from '../expect.ts';
import type { QueueDriver } from './queue-driver.ts';

/** A signal that is never aborted. Many wait under it. */
export const endless: AbortSignal = new AbortController().signal;
setMaxListeners(0, endless);

/** How long something is watched that must not happen, in ms. A busy machine makes it less strict, never wrong. */
const watched = 100;

/** Gives `check` an empty queue of its own, and closes it afterwards. */
export async function withQueue(
  driver: QueueDriver,
  check: (queue: Queue, name: string) => Promise<void>,
): Promise<void> {
  const name = `conformance_${randomBytes(6).toString('hex')}`;
  const queue = await driver.open(name);
  try {
    await check(queue, name);
  } finally {
    // One that the check killed has nothing left to close, and may say so.
    await outcomeOf(queue.close());
  }
}

/** A call that the check awaits later, or never where it fails before: then nobody else hears of its failure. */
export function begun<Result>(call: Promise<Result>): Promise<Result> {
  call.catch(() => undefined);
  return call;
}

/** Publishes these batches one after the other, each as soon as the one before is in. */
export async function publishAll(
  queue: Queue,
  tokens: readonly string[],
  changes = 1,
  bytes = 10,
): Promise<void> {
  for (const name of tokens) await queue.publish(batch(name, changes, bytes), endless);
}

/** A batch that is known by its token. */
export function batch(name: string, changes = 1, bytes = 10): ChangeBatch {
  return {
    changes: Array.from({ length: changes }, (_, n) => change(n)),
    token: name,
    position: name,
    transactions: [],
    committedAt: null,
    bytes,
  };
}

function change(n: number): Change {
  return { table: { schema: 'public', name: 'rows' }, operation: 'insert', after: { id: String(n) } };
}

export function names(from: number, to: number, stem = 'b'): string[] {
  return Array.from({ length: to - from }, (_, n) => `${stem}${from + n}`);
}

/** Takes until the queue gave this many batches; throws where it ends, or exceeds `limit`, before. */
export async function takeTokens(queue: Queue, count: number, limit = 10): Promise<unknown[]> {
  const tokens: unknown[] = [];
  while (tokens.length < count) {
    const taken = await queue.take(limit, endless);
    expectThat(taken !== null, `take gave null after ${tokens.length} batches of ${count}`);
    expectFits(taken, limit);
    tokens.push(...tokensOf(taken));
  }
  return tokens;
}

/** Takes until a closed queue has no more. */
export async function drain(queue: Queue): Promise<unknown[]> {
  const tokens: unknown[] = [];
  for (;;) {
    const taken = await queue.take(1_000, endless);
    if (taken === null) return tokens;
    expectFits(taken, 1_000);
    tokens.push(...tokensOf(taken));
  }
}

function expectFits(taken: readonly ChangeBatch[], limit: number): void {
  expectThat(taken.length > 0, 'take gave no batch');
  const changes = taken.reduce((sum, one) => sum + one.changes.length, 0);
  expectThat(
    taken.length === 1 || changes <= limit,
    `take gave ${taken.length} batches with ${changes} changes, asked for at most ${limit}`,
  );
}

export function tokensOf(taken: readonly ChangeBatch[] | null): unknown[] {
  return (taken ?? []).map(({ token }) => token);
}

/** Throws where the promise settles although nothing happened that it waits for. */
export async function expectWaits(promise: Promise<unknown>, what: string): Promise<void> {
  const waits = Symbol('waits');
  const settled = await Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => `rejected: ${String(error)}`,
    ),
    delay(watched).then(() => waits),
  ]);
  expectThat(settled === waits, `${what}: expected it to wait, it ${String(settled)}`);
}

export function expectDepth(queue: Queue, batches: number, changes: number, bytes: number): void {
  const { batches: b, changes: c, bytes: s } = queue.depth();
  expectEqual({ batches: b, changes: c, bytes: s }, { batches, changes, bytes }, 'depth');
}
