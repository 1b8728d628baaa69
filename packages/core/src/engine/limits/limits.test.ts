import { expect, test, vi } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { memoryRun } from '../../../test/memory-run.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { order, orderKey } from '../../conformance/source/test-rows.ts';
import type { Generation, Observer } from '../../contracts/index.ts';
import { runSluice } from '../run/run.ts';
import type { RunControl } from '../run/run-control.ts';
import type { RunResult } from '../run/run-options.ts';
import { waitByRecords } from '../waiting/record-wait.ts';
import type { WaitPoint } from '../waiting/wait-point.ts';
import type { SafetyLimits } from './safety.ts';

// Some of what is waited for is only looked at now and then.
vi.setConfig({ testTimeout: 60_000 });

/** The memory's mechanism keeps 100 bytes for each commit. */
const limits: SafetyLimits = {
  warnBytes: 500,
  warnAgeMs: 3_600_000,
  maxBytes: 1_000,
  maxAgeMs: 3_600_000,
  atLimit: 'release',
  releaseAfterMs: 100,
};

/** A run over orders in memory, with one sink that can be taken away. */
class Site implements AsyncDisposable {
  readonly world = new MemoryWorld();
  readonly rows = this.world.database.source();
  readonly store = new MemoryStore();
  readonly warnings: string[] = [];
  readonly released: string[] = [];
  readonly refreshed: Generation[] = [];
  control: RunControl | null = null;
  #stop = new AbortController();
  #running: Promise<RunResult> | null = null;

  run(changed: Partial<SafetyLimits> = {}): void {
    const observer: Observer = {
      warning: ({ code }) => this.warnings.push(code),
      released: ({ reason }) => this.released.push(reason),
    };
    const sink = createReferenceSink(this.store, 'versioned');
    const refreshing = {
      ...sink,
      refresh: async (generation: Generation) => {
        this.refreshed.push(generation);
        await sink.refresh?.(generation);
      },
    };
    this.#running = runSluice({
      ...memoryRun(this.world, refreshing),
      observers: [observer],
      signal: this.#stop.signal,
      limits: { ...limits, ...changed },
      onControl: (control) => {
        this.control = control;
      },
    });
    this.#running.catch((error: unknown) => this.warnings.push(String(error)));
  }

  /** Notes of the orders that users find. */
  get found(): readonly string[] {
    const generation = this.store.aliases.get('orders');
    if (generation === undefined) return [];
    const { hash, number } = generation;
    const held = this.store.indexes.get(`orders/${hash}/${number}`)?.held ?? new Map();
    return [...held.values()]
      .flatMap(({ body }) => (body === null ? [] : String(JSON.parse(body).note)))
      .sort();
  }

  async has(...notes: readonly string[]): Promise<void> {
    await waitFor(() => this.found.join() === notes.join(), {
      what: `the store to have ${notes.join()}`,
      deadlineMs: 20_000,
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#running?.catch(() => undefined);
    this.#stop = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function filled(): Promise<Site> {
  const site = new Site();
  await site.rows.insert(
    'orders',
    [1, 2, 3].map((n) => order('eu', n, null, { note: `n${n}` })),
  );
  return site;
}

/** Twelve commits, at the end of which one order is gone, one new and one changed. */
async function missed({ rows }: Site): Promise<void> {
  for (let n = 0; n < 9; n += 1) await rows.update('orders', orderKey('eu', 1), { note: `m${n}` });
  await rows.update('orders', orderKey('eu', 1), { note: 'changed' });
  await rows.delete('orders', orderKey('eu', 2));
  await rows.insert('orders', [order('eu', 4, null, { note: 'new' })]);
}

test('at its limit the source lets go while the sink is down, and what was gone is removed when it is back', async () => {
  await using site = await filled();
  site.run();
  await site.has('n1', 'n2', 'n3');
  site.store.reachable = false;
  await missed(site);
  await waitFor(() => site.released.length > 0, { what: 'the source to let go', deadlineMs: 20_000 });
  expect(site.world.mechanism).toBeNull();
  site.store.reachable = true;
  await site.has('changed', 'n3', 'new');
  expect(site.warnings).toEqual(
    expect.arrayContaining(['SLUICE_CAPTURE_BEHIND', 'SLUICE_CAPTURE_RELEASED', 'SLUICE_CAPTURE_LOST']),
  );
});

test('a run that cannot begin lets go, too', async () => {
  await using site = await filled();
  site.run();
  await site.has('n1', 'n2', 'n3');
  await site.stop();
  site.store.reachable = false;
  await missed(site);
  site.run();
  await waitFor(() => site.released.length > 0, { what: 'the source to let go', deadlineMs: 20_000 });
  site.store.reachable = true;
  await site.has('changed', 'n3', 'new');
  expect(site.warnings).toContain('SLUICE_CAPTURE_LOST');
});

test('with `keep` nothing is let go, however long the limit is passed', async () => {
  await using site = await filled();
  site.run({ atLimit: 'keep' });
  await site.has('n1', 'n2', 'n3');
  site.store.reachable = false;
  await missed(site);
  await waitFor(() => site.control?.safety()[0]?.level === 'limit', {
    what: 'the limit to be reached',
    deadlineMs: 20_000,
  });
  expect(site.control?.safety()).toMatchObject([
    { capture: 'memory', health: { changes: expect.any(Number) } },
  ]);
  site.store.reachable = true;
  await site.has('changed', 'n3', 'new');
  expect(site.released).toEqual([]);
  expect(site.warnings).toContain('SLUICE_CAPTURE_BEHIND');
  expect(site.warnings).not.toContain('SLUICE_CAPTURE_LOST');
});

test('whoever waits hears of it once it is durable and was refreshed, and why it takes long', async () => {
  await using site = await filled();
  site.run();
  await site.has('n1', 'n2', 'n3');
  const told: string[] = [];
  const wait = (id: string, ms: number) =>
    site.control?.wait(
      { point: { kind: 'transaction', id }, indexes: ['orders'] },
      AbortSignal.timeout(ms),
      (reason) => told.push(reason),
    );
  const transaction = await site.rows.begin();
  const id = (await transaction.id?.()) ?? '';
  await transaction.update('orders', orderKey('eu', 1), { note: 'waited for' });
  await expect(wait(id, 200)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(told.at(-1)).toBe(`transaction ${id} is still open`);
  const waiting = wait(id, 20_000);
  await transaction.commit();
  const { position } = (await waiting) ?? {};
  expect(site.found).toContain('waited for');
  expect(site.refreshed).toHaveLength(1);
  expect(position).toMatch(/^\d+$/);

  site.store.reachable = false;
  const later = await site.rows.begin();
  const second = (await later.id?.()) ?? '';
  await later.update('orders', orderKey('eu', 1), { note: 'second' });
  await later.commit();
  await expect(wait(second, 300)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(told.at(-1)).toBe('its changes are not durable in every required sink yet');
  site.store.reachable = true;
  await wait(second, 20_000);
  expect(site.found).toContain('second');
});

test('another process waits by what is on record, and hears that nobody follows any more', async () => {
  await using site = await filled();
  site.run();
  await site.has('n1', 'n2', 'n3');
  const plugin = { name: 'memory', reference: 'memory', options: {} };
  const named = { plugin, capture: new MemoryCapture(site.world) };
  const outside = {
    capture: { allowed: [named], reopen: async () => named } as const,
    documents: new MemoryDocuments(site.world.database),
    sinks: [{ name: 'store', sink: createReferenceSink(site.store, 'versioned'), required: true }],
    indexes: [{ name: 'orders', sinks: ['store'] }],
  };
  const told: string[] = [];
  const wait = (point: WaitPoint, ms: number) =>
    waitByRecords({ point, indexes: ['orders'] }, outside, AbortSignal.timeout(ms), (reason) =>
      told.push(reason),
    );
  const transaction = await site.rows.begin();
  const id = (await transaction.id?.()) ?? '';
  await transaction.update('orders', orderKey('eu', 1), { note: 'by record' });
  await transaction.commit();
  await wait({ kind: 'transaction', id }, 20_000);
  expect(site.found).toContain('by record');
  // Nothing was written since, and yet it need not wait for the next renewal of a lease.
  const { position } = await wait({ kind: 'now' }, 5_000);
  await wait({ kind: 'position', position }, 5_000);
  // A standby that was promoted may be behind the position on record.
  const documents = new MemoryDocuments(site.world.database);
  const source = documents.source.bind(documents);
  documents.source = async () => ({ ...(await source()), timeline: '2' });
  const afterFailover = waitByRecords(
    { point: { kind: 'position', position }, indexes: ['orders'] },
    { ...outside, documents },
    AbortSignal.timeout(500),
    (reason) => told.push(reason),
  );
  await expect(afterFailover).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(told.at(-1)).toContain('it follows the timeline 1, and the source is on 2 now');
  await expect(wait({ kind: 'position', position: '999999' }, 5_000)).rejects.toMatchObject({
    code: 'SLUICE_WAIT_REFUSED',
  });
  await site.stop();
  await expect(wait({ kind: 'now' }, 500)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(told.at(-1)).toContain('nobody follows the source now');
});
