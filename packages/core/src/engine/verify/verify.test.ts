import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { makeReferenceQueue } from '../../../test/reference-queue.ts';
import {
  createReferenceSink,
  type Held,
  MemoryStore,
  physical,
  place,
  type StoredIndex,
} from '../../../test/reference-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { item, itemId, order, orderKey } from '../../conformance/source/test-rows.ts';
import type { NewDeadLetter, Sink } from '../../contracts/index.ts';
import { runSluice } from '../run/run.ts';
import type { EngineIndex } from '../run/run-options.ts';
import { verifySluice } from './verify.ts';
import { isEqual, type Verification, type VerifyOptions } from './verify-options.ts';

/** A shop in memory that a run keeps in step, in this process but as another one would. */
class Site implements AsyncDisposable {
  readonly #world = new MemoryWorld();
  readonly rows = this.#world.database.source();
  readonly store = new MemoryStore();
  readonly #stop = new AbortController();
  readonly #indexes: readonly EngineIndex[];
  #running: Promise<unknown> = Promise.resolve();
  #ticking: Promise<void> = Promise.resolve();
  live = false;
  readonly outages: string[] = [];
  readonly told: string[] = [];

  constructor(onReject: EngineIndex['onReject'] = 'stop') {
    const holdLimit = { bytes: 1e9, ageMs: 3_600_000 };
    this.#indexes = [{ schema: shopSchema('shop'), sinks: ['search'], onReject, holdLimit }];
  }

  /** `change`: the sink of the run, which verify does not see. */
  async run(change: (sink: Sink) => Sink = (sink) => sink): Promise<void> {
    const sink = change(createReferenceSink(this.store, 'versioned'));
    this.#running = runSluice({
      ...this.#parts(),
      indexes: this.#indexes,
      queue: makeReferenceQueue({ batches: [] }, false),
      sinks: [{ name: 'search', required: true, sink }],
      observers: [
        {
          phase: (phase) => {
            this.live ||= phase === 'live';
          },
          retry: ({ what }) => this.outages.push(what),
          info: ({ message }) => this.told.push(message),
        },
      ],
      signal: this.#stop.signal,
    });
    this.#running.catch(() => undefined);
    // Positions without changes are recorded seldom: somebody always writes a little.
    this.#ticking = this.#tick();
    await waitFor(() => this.live, { what: 'the run to be live' });
  }

  async #tick(): Promise<void> {
    for (let n = 0; !this.#stop.signal.aborted; n += 1) {
      await this.rows.insert('orders', [order('tick', n, null)]);
      await sleep(100);
    }
  }

  #parts() {
    const capture = new MemoryCapture(this.#world);
    const named = { plugin: { name: 'memory', reference: 'memory', options: {} }, capture };
    return {
      capture: { allowed: [named] as const, reopen: async () => named },
      documents: new MemoryDocuments(this.#world.database),
    };
  }

  async verify(more: Partial<VerifyOptions> = {}): Promise<Verification> {
    const { verifications } = await verifySluice({
      ...this.#parts(),
      indexes: this.#indexes,
      sinks: [{ name: 'search', required: true, sink: createReferenceSink(this.store, 'versioned') }],
      generations: 'promoted',
      sample: null,
      repair: false,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      ...more,
    });
    const [found] = verifications;
    if (found === undefined) throw new Error('nothing was verified');
    return found;
  }

  /** Resolves when everything that was written before is in the sink. */
  async settled(): Promise<void> {
    await waitFor(async () => isEqual(await this.verify()), { what: 'the sink to be in step' });
  }

  get index(): StoredIndex {
    const generation = this.store.aliases.get('orders');
    const index = generation && this.store.indexes.get(physical(generation));
    if (index === undefined) throw new Error('nothing is promoted');
    return index;
  }

  /** Changes what is held of an order behind everybody's back. */
  damage(number: number, change: (held: Held) => Held): void {
    for (const [at, held] of this.index.held) {
      if (held.id.includes(`"eu","${number}"`)) this.index.held.set(at, change(held));
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await Promise.allSettled([this.#running, this.#ticking]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function withOrders(count: number, onReject?: EngineIndex['onReject']): Promise<Site> {
  const site = new Site(onReject);
  const numbers = Array.from({ length: count }, (_, n) => n + 1);
  await site.rows.insert(
    'orders',
    numbers.map((n) => order('eu', n, null)),
  );
  await site.rows.insert(
    'orderItems',
    numbers.map((n) => item(n, ['eu', n])),
  );
  return site;
}

/** Orders that every turn of the workload may change: they never rest. */
const hotIds = [1, 2, 3, 4, 5, 6, 7].map((n) => JSON.stringify(['eu', String(n)]));

test('a workload that never pauses brings no false alarm: rows that change, move, go and come back', async () => {
  await using site = await withOrders(200);
  // Slow enough that most of what is compared is still on its way.
  await site.run((sink) => ({
    ...sink,
    write: async (request) => {
      await sleep(40);
      return sink.write(request);
    },
  }));
  let writing = true;
  let turns = 0;
  const write = async () => {
    for (; writing; turns += 1) {
      const n = 1 + (turns % 200);
      await site.rows.update('orders', orderKey('eu', n), { note: `turn ${turns}` });
      await site.rows.update('orders', orderKey('eu', 1), { note: `hot ${turns}` });
      await site.rows.update('orderItems', { id: itemId(n) }, { orderNumber: String(1 + (turns % 7)) });
      await site.rows.delete('orders', orderKey('eu', 2 + (turns % 5)));
      await site.rows.insert('orders', [order('eu', 2 + (turns % 5), null, { note: `${turns % 2}` })]);
      if (turns % 3 === 0) await sleep(1);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const working = write();
  try {
    for (let round = 0; round < 3; round += 1) {
      const before = turns;
      const found = await site.verify();
      // A row that never rests may not be settled: then that is said, and nothing worse.
      const alarms = found.differences.filter(({ kind, id }) => kind !== 'unsettled' || !hotIds.includes(id));
      expect(alarms).toEqual([]);
      expect(found.followed).toBe(true);
      expect(turns).toBeGreaterThan(before);
    }
  } finally {
    writing = false;
    await working;
  }
}, 60_000);

test('every kind of damage is found, told apart, and mended beside the run', async () => {
  await using site = await withOrders(30);
  await site.run();
  await site.rows.update('orders', orderKey('eu', 5), { note: 'changed' });
  await site.settled();
  const { held } = site.index;
  site.damage(1, (one) => ({ ...one, body: null }));
  site.damage(2, (one) => ({ ...one, body: (one.body ?? '').replace('9.50', '9.75') }));
  site.damage(3, (one) => ({ ...one, body: (one.body ?? '').replace('9.50', '"9.50"') }));
  site.damage(4, (one) => ({ ...one, version: one.version + 2n ** 50n, body: '{}' }));
  site.damage(5, (one) => ({ ...one, version: 1n, body: (one.body ?? '').replace('changed', 'note') }));
  const stranger = { id: 'nobody', routing: null };
  held.set(place(stranger), { ...stranger, version: 1n, body: '{}' });
  site.store.aliases.clear();

  const found = await site.verify();
  const kinds = found.differences.map(({ id, kind }) => [kind, /\d+/.exec(id)?.[0] ?? id]);
  expect(kinds).toEqual([
    ['missing', '1'],
    ['extra', 'nobody'],
    ['stale', '5'],
    ['type', '3'],
    ['different', '2'],
    ['future', '4'],
  ]);
  expect(found.problems).toMatchObject([{ kind: 'alias', repaired: false }]);

  const mended = await site.verify({ repair: true });
  const told = mended.differences.map(({ id, kind, mended: right, fields }) => ({ id, kind, right, fields }));
  expect(told).toEqual(found.differences.map(({ id, kind, fields }) => ({ id, kind, right: true, fields })));
  expect(mended.differences.find(({ kind }) => kind === 'future')?.reason).toContain('the epoch was raised');
  expect(mended).toMatchObject({
    repaired: 6,
    repairedCounts: found.counts,
    problems: [{ kind: 'alias', repaired: true }],
  });
  expect(isEqual(await site.verify())).toBe(true);
  // The run hears of what it was asked for, and takes it for nobody's outage.
  expect(site.outages).toEqual([]);
  expect(site.told.join()).toMatch(/was changed by another process.* a new session goes by what it says now/);
}, 60_000);

test('what the running process does not make durable in time is unsettled, and never right', async () => {
  await using site = await withOrders(20);
  let held = false;
  const freed = new AbortController();
  await site.run((sink) => ({
    ...sink,
    write: async (request) => {
      if (held) await new Promise((resolve) => freed.signal.addEventListener('abort', resolve));
      return sink.write(request);
    },
  }));
  await site.settled();
  held = true;
  await site.rows.update('orders', orderKey('eu', 7), { note: 'on its way' });
  const found = await site.verify({ timeoutMs: 500 });
  expect(isEqual(found)).toBe(false);
  expect(found.counts).toMatchObject({ different: 0, missing: 0 });
  expect(found.counts.unsettled).toBeGreaterThan(0);
  held = false;
  freed.abort();
  await site.settled();
}, 60_000);

test('however much differs, each difference is counted, and a bounded number of them listed', async () => {
  await using site = await withOrders(3_000);
  await site.run();
  await site.stop();
  for (const [at, one] of site.index.held) site.index.held.set(at, { ...one, body: null });
  const found = await site.verify();
  expect(found.counts.missing).toBeGreaterThanOrEqual(3_000);
  expect(found.counts.missing).toBe(found.compared);
  expect(found.differences).toHaveLength(1_000);
  expect(found.followed).toBe(false);

  const mended = await site.verify({ repair: true });
  expect(mended.repairedCounts).toEqual(found.counts);
  expect(mended.counts).toMatchObject({ missing: 0 });
  expect(mended.differences).toHaveLength(1_000);
}, 60_000);

test('a sample looks up as large a part of what the sink lists as it compares of the rows', async () => {
  await using site = await withOrders(400);
  await site.run();
  await site.stop();
  for (let n = 0; n < 30; n += 1) {
    const ghost = { id: `ghost ${n}`, routing: null };
    site.index.held.set(place(ghost), { ...ghost, version: 1n, body: '{}' });
  }
  const found = await site.verify({ sample: { share: 0.01 } });
  expect(found.sample?.share).toBeGreaterThanOrEqual(1 / 3);
  // By chance none of them is looked up once in 100,000 times.
  expect(found.counts.extra).toBeGreaterThan(0);
  expect(found.listed).toBeGreaterThan(50);
});

test('a letter about a former state is told of, and explains nothing once the row is tried again', async () => {
  await using site = await withOrders(10, 'dead_letter');
  await site.run();
  await site.rows.update('orders', orderKey('eu', 1), { note: 'mended' });
  await site.settled();
  await site.stop();
  const { to: now } = await site.verify();
  const doubt = (notes: readonly string[]) => notes.filter((note) => note.includes('dead letters'));
  const generation = site.store.aliases.get('orders');
  const sink = createReferenceSink(site.store, 'versioned');
  if (generation === undefined || sink.deadLetters === undefined) throw new Error('nothing is promoted');
  const letters = sink.deadLetters;
  /** The run does not know of it, as where another process put it. */
  const put = (id: string, key: readonly string[], version: bigint) => {
    const letter: NewDeadLetter = {
      key,
      id,
      routing: null,
      version,
      cause: 'rejected',
      reason: 'a test',
      at: 1,
    };
    return letters.put(generation, [letter]);
  };
  const heldId = (number: number) => {
    const held = [...site.index.held.values()].find(({ id }) => id.includes(`"eu","${number}"`));
    if (held === undefined) throw new Error(`order ${number} is not held`);
    return held.id;
  };
  await put(heldId(1), ['eu', '1'], 1n);
  await put(heldId(2), ['eu', '2'], now);
  await put('nobody', ['eu', '99'], now);
  for (const n of [1, 2]) site.damage(n, (one) => ({ ...one, body: null }));
  const stranger = { id: 'nobody', routing: null };
  site.index.held.set(place(stranger), { ...stranger, version: 1n, body: '{}' });

  const found = await site.verify();
  expect(found.differences).toMatchObject([{ kind: 'extra', id: 'nobody' }]);
  expect(found.exceptions.deadLetters).toBe(2);
  expect(doubt(found.notes)).toMatchObject([
    expect.stringMatching(/^of the dead letters 1 may be from before/),
  ]);

  const refused = heldId(1);
  const write: Sink['write'] = async (request) => {
    const documents = request.documents.filter(({ id }) => id !== refused);
    const rejected = request.documents
      .filter(({ id }) => id === refused)
      .map((document) => ({ document, reason: 'refused', retryable: false }));
    return { ...(await sink.write({ ...request, documents })), rejected };
  };
  const sinks = [{ name: 'search', required: true, sink: { ...sink, write } }] as const;
  const tried = await site.verify({ repair: true, sinks });
  expect(isEqual(tried)).toBe(true);
  expect(tried).toMatchObject({ repaired: 2, exceptions: { deadLetters: 1 } });
  expect(tried.differences.map(({ id, mended }) => [id, mended])).toEqual([
    [heldId(2), true],
    ['nobody', true],
  ]);
  expect(doubt(tried.notes)).toEqual([]);

  const mended = await site.verify({ repair: true });
  expect(isEqual(mended)).toBe(true);
  expect(mended).toMatchObject({ repaired: 1, exceptions: { deadLetters: 0 } });
  expect(await letters.get(generation, [{ id: refused, routing: null }])).toEqual([]);
}, 60_000);
