import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { type MortalSink, mortal } from '../../../test/mortal-sink.ts';
import { makeReferenceQueue } from '../../../test/reference-queue.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { order, orderKey } from '../../conformance/source/test-rows.ts';
import type { RecordStore } from '../../contracts/index.ts';
import { runSluice } from '../run/run.ts';
import type { RunResult } from '../run/run-options.ts';
import { type ReindexOptions, requestReindex, storedControl } from './control-requests.ts';
import { generationRecords } from './generation-record.ts';

const otherSchema = 'primary_key: [region, number]';

/** A shop in memory and its index, kept in step by one process after the other; and a user who looks all the time. */
class Site implements AsyncDisposable {
  readonly #world = new MemoryWorld();
  readonly rows = this.#world.database.source();
  readonly #store = new MemoryStore();
  /** What users saw that they may not see: every row that there is was there from the beginning. */
  readonly problems: string[] = [];
  #stop = new AbortController();
  #running: Promise<RunResult> | null = null;
  #looking: ReturnType<typeof setInterval> | null = null;
  process: MortalSink = this.#begin();

  #begin(): MortalSink {
    const stop = this.#stop;
    return mortal(createReferenceSink(this.#store, 'versioned'), () => stop.abort(new Error('killed')));
  }

  run({ schema = '', keepFormer = false } = {}): void {
    this.#stop = new AbortController();
    this.process = this.#begin();
    const capture = new MemoryCapture(this.#world);
    const named = { plugin: { name: 'memory', reference: 'memory', options: {} }, capture };
    this.#running = runSluice({
      indexes: [
        {
          schema: shopSchema('shop', schema),
          sinks: ['store'],
          onReject: 'stop',
          holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
          keepFormer,
        },
      ],
      capture: { allowed: [named], reopen: async () => named },
      documents: new MemoryDocuments(this.#world.database),
      queue: makeReferenceQueue({ batches: [] }, false),
      sinks: [{ name: 'store', sink: this.process.sink, required: true }],
      observers: [],
      signal: this.#stop.signal,
    });
    this.#running.catch((error: unknown) => this.problems.push(String(error)));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#running?.catch(() => undefined);
  }

  /** As somebody else sees the records. */
  get records(): RecordStore {
    const { records } = createReferenceSink(this.#store, 'versioned');
    if (records === undefined) throw new Error('the reference keeps records');
    return records;
  }

  ask(options: ReindexOptions) {
    return requestReindex(this.records, 'orders', options);
  }

  async answered(id: string) {
    return waitFor(
      async () => {
        const request = (await storedControl(this.records, 'orders'))?.request;
        if (request?.id !== id) throw new Error('somebody else asked');
        return request.state === 'done' || request.state === 'refused' ? request : null;
      },
      { what: 'the request to be answered', deadlineMs: 30_000 },
    );
  }

  /** Physical indexes by number. */
  get generations(): readonly number[] {
    return [...this.#store.indexes.keys()]
      .map((name) => Number(name.split('/').at(-1)))
      .sort((a, b) => a - b);
  }

  get searched(): number | null {
    return this.#store.aliases.get('orders')?.number ?? null;
  }

  /** Notes of the orders that a generation shows. */
  notes(number: number | null): readonly string[] {
    const [, index] = [...this.#store.indexes].find(([name]) => name.endsWith(`/${number}`)) ?? [];
    const held = [...(index?.visible ?? index?.held ?? new Map()).values()];
    return held.flatMap(({ body }) => (body === null ? [] : String(JSON.parse(body).note))).sort();
  }

  async shows(number: number, notes: readonly string[]): Promise<void> {
    await waitFor(() => this.notes(number).join() === notes.join(), {
      what: `generation ${number} to show ${notes.join()}`,
      deadlineMs: 30_000,
    });
  }

  async has(generations: readonly number[]): Promise<void> {
    await waitFor(() => this.generations.join() === generations.join(), {
      what: `generations ${generations.join()} to be left`,
      deadlineMs: 30_000,
    });
  }

  /** From here on somebody looks at what users find. */
  watch(rows: number): void {
    this.#looking = setInterval(() => {
      const found = this.notes(this.searched);
      if (found.length !== rows) this.problems.push(`users found ${found.length} in ${this.searched}`);
    }, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#looking !== null) clearInterval(this.#looking);
    if (!this.process.killed) await this.stop();
  }
}

async function filled(): Promise<Site> {
  const site = new Site();
  await site.rows.insert('orders', [
    order('eu', 1, null, { note: 'a' }),
    order('eu', 2, null, { note: 'b' }),
  ]);
  site.run();
  await waitFor(() => site.notes(site.searched).length === 2, {
    what: 'the first generation',
    deadlineMs: 20_000,
  });
  site.watch(2);
  return site;
}

const change = (site: Site, note: string) => site.rows.update('orders', orderKey('eu', 1), { note });
const long = { timeout: 90_000 };

test.concurrent(
  'a reindex with keep has both generations in step, and a rollback goes either way',
  long,
  async () => {
    await using site = await filled();
    const { request } = await site.ask({ action: 'reindex', keep: true });
    expect(await site.answered(request.id)).toMatchObject({ state: 'done' });
    expect(site.searched).toBe(2);
    await change(site, 'c');
    await site.shows(1, ['b', 'c']);
    await site.shows(2, ['b', 'c']);
    for (const [number, note] of [
      [1, 'd'],
      [2, 'e'],
    ] as const) {
      const rollback = await site.ask({ action: 'rollback' });
      expect(await site.answered(rollback.request.id)).toMatchObject({ state: 'done' });
      expect(site.searched).toBe(number);
      await change(site, note);
      await site.shows(1, ['b', note]);
      await site.shows(2, ['b', note]);
    }
    expect(site.problems).toEqual([]);
  },
);

test.concurrent('what is not kept is refused, and asking twice is once', long, async () => {
  await using site = await filled();
  const { request } = await site.ask({ action: 'rollback' });
  expect(await site.answered(request.id)).toMatchObject({
    state: 'refused',
    reason: expect.stringContaining('no former generation is kept'),
  });
  const [one, other] = [await site.ask({ action: 'reindex' }), await site.ask({ action: 'reindex' })];
  expect(other).toMatchObject({ joined: true, request: { id: one.request.id } });
  await site.answered(one.request.id);
  await site.has([2]);
  expect(site.problems).toEqual([]);
});

test.concurrent(
  'a rollback outlives restarts until the configuration changes, which counts from then on',
  long,
  async () => {
    await using site = await filled();
    const restart = async (options: Parameters<Site['run']>[0]) => {
      await site.stop();
      site.run(options);
    };
    const changed = { schema: otherSchema, keepFormer: true };
    await restart(changed);
    await waitFor(() => site.searched === 2, { what: 'the changed schema' });
    const { request } = await site.ask({ action: 'rollback' });
    await site.answered(request.id);
    expect(site.searched).toBe(1);
    await restart(changed);
    await change(site, 'c');
    await site.shows(1, ['b', 'c']);
    await site.shows(2, ['b', 'c']);
    expect(site.searched).toBe(1);
    // The configuration goes back to what is in use, and then forward: the choice is forgotten.
    await restart({ keepFormer: true });
    await change(site, 'd');
    await site.shows(1, ['b', 'd']);
    await restart(changed);
    await waitFor(() => site.searched === 2, { what: 'what is configured' });
    await site.shows(2, ['b', 'd']);
    expect(site.generations).toEqual([1, 2]);
    expect(site.problems).toEqual([]);
  },
);

test.concurrent('a rollback while the next generation is built gives that one up', long, async () => {
  await using site = await filled();
  // Whoever carries it out dies with the generation made, and not filled.
  site.process.killAt(5, 'after');
  await site.ask({ action: 'reindex' });
  await waitFor(() => site.process.killed, { what: 'the kill' });
  const { request } = await site.ask({ action: 'rollback' });
  site.run();
  expect(await site.answered(request.id)).toMatchObject({ state: 'done' });
  await site.has([1]);
  expect(site.searched).toBe(1);
  expect(generationRecords(await site.records.list())).toHaveLength(1);
  expect(site.problems).toEqual([]);
});

test.concurrent(
  'records that somebody removed: every index is filled anew beside what users search, which stays',
  long,
  async () => {
    await using site = await filled();
    for (const { id, revision } of await site.records.list()) await site.records.remove(id, revision);
    await change(site, 'c');
    await waitFor(() => site.searched === 2, { what: 'the next generation', deadlineMs: 30_000 });
    await site.shows(2, ['b', 'c']);
    expect(site.generations).toEqual([1, 2]);
    expect(generationRecords(await site.records.list())).toHaveLength(1);
    expect(site.problems).toEqual([]);
  },
);

test.concurrent(
  'what a release lets go of is dropped by the run, and nobody can go back to it',
  long,
  async () => {
    await using site = await filled();
    await site.answered((await site.ask({ action: 'reindex', keep: true })).request.id);
    await site.answered((await site.ask({ action: 'release' })).request.id);
    await site.has([2]);
    const { request } = await site.ask({ action: 'rollback' });
    expect(await site.answered(request.id)).toMatchObject({ state: 'refused' });
    expect(site.problems).toEqual([]);
  },
);

/** Each request of a reindex that changes anything, as they come when nobody is killed; and its end with `keep`. */
const kills = [
  ...Array.from({ length: 17 }, (_, n) => ({ step: n + 1, keep: false })),
  ...[12, 13, 14].map((step) => ({ step, keep: true })),
].flatMap((each) => (['before', 'after'] as const).map((when) => ({ ...each, when })));

test.concurrent.for(kills)(
  'killed $when request $step of a reindex (keep: $keep) was carried out: the next run goes on with it',
  long,
  async ({ step, keep, when }) => {
    await using site = await filled();
    await waitFor(
      async () => generationRecords(await site.records.list()).every(({ lease }) => lease !== null),
      { what: 'the run to be at rest' },
    );
    site.process.killAt(step, when);
    const { request } = await site.ask({ action: 'reindex', keep });
    await waitFor(
      async () => {
        const asked = (await storedControl(site.records, 'orders'))?.request;
        return site.process.killed || (asked?.state === 'done' && site.generations.length === (keep ? 2 : 1));
      },
      { what: 'the kill, or the end', deadlineMs: 30_000 },
    );
    if (!site.process.killed) await site.stop();
    await change(site, 'c');
    site.run();
    expect(await site.answered(request.id)).toMatchObject({ state: 'done', generation: { number: 2 } });
    await site.has(keep ? [1, 2] : [2]);
    expect(site.searched).toBe(2);
    for (const number of site.generations) await site.shows(number, ['b', 'c']);
    await waitFor(
      async () => generationRecords(await site.records.list()).length === site.generations.length,
      { what: 'a record for each generation and no other' },
    );
    expect(site.problems).toEqual([]);
  },
);
