import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { makeReferenceQueue } from '../../../test/reference-queue.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { order, orderKey } from '../../conformance/source/test-rows.ts';
import type { Sink } from '../../contracts/index.ts';
import { generationRecords } from '../generations/generation-record.ts';
import { generationStatus } from '../generations/generation-status.ts';
import { runSluice } from './run.ts';
import type { RunControl } from './run-control.ts';
import type { RunResult } from './run-options.ts';

const refused = 'refused here';

/** A sink that does not take one note in one index. */
function picky(sink: Sink): Sink {
  return {
    ...sink,
    async write(batch) {
      const takes = (body: string | null) =>
        batch.generation.index !== 'orders' || body?.includes(refused) !== true;
      const bad = batch.documents.filter(({ body }) => !takes(body));
      const documents = batch.documents.filter((document) => !bad.includes(document));
      const report = await sink.write({ ...batch, documents });
      const rejected = bad.map((document) => ({ document, reason: 'no such note', retryable: false }));
      return { ...report, rejected: [...report.rejected, ...rejected] };
    },
  };
}

/** Two indexes in one sink, kept in step by one process after the other. */
class Site implements AsyncDisposable {
  readonly #world = new MemoryWorld();
  readonly rows = this.#world.database.source();
  readonly #store = new MemoryStore();
  #control: RunControl | null = null;
  #stop = new AbortController();
  #running: Promise<RunResult> | null = null;
  readonly failures: string[] = [];

  run(indexes = ['orders', 'copies']): void {
    this.#stop = new AbortController();
    const schemas = [shopSchema('shop'), shopSchema('shop', '', 'copies')];
    const capture = new MemoryCapture(this.#world);
    const named = { plugin: { name: 'memory', reference: 'memory', options: {} }, capture };
    this.#running = runSluice({
      indexes: schemas
        .filter(({ index }) => indexes.includes(index))
        .map((schema) => ({
          schema,
          sinks: ['store'],
          onReject: 'stop' as const,
          holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
        })),
      capture: { allowed: [named], reopen: async () => named },
      documents: new MemoryDocuments(this.#world.database),
      queue: makeReferenceQueue({ batches: [] }, false),
      sinks: [{ name: 'store', sink: picky(createReferenceSink(this.#store, 'versioned')), required: true }],
      observers: [],
      signal: this.#stop.signal,
      onControl: (control) => {
        this.#control = control;
      },
    });
    this.#running.catch((error: unknown) => this.failures.push(String(error)));
  }

  async ended(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.ended();
  }

  /** As the process says itself. */
  inside(index: string) {
    const found = this.#control?.generations().find(({ record }) => record.index === index);
    return found === undefined ? null : generationStatus(found);
  }

  /** As a command beside it says. */
  async outside(index: string) {
    const records = generationRecords(
      (await createReferenceSink(this.#store, 'versioned').records?.list()) ?? [],
    );
    const record = records.find((each) => each.index === index);
    return record === undefined ? null : generationStatus({ sink: 'store', required: true, record });
  }

  async shows(index: string, state: string): Promise<void> {
    await waitFor(
      async () => this.inside(index)?.state === state && (await this.outside(index))?.state === state,
      { what: `${index} to be ${state}, inside and outside`, deadlineMs: 20_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function filled(): Promise<Site> {
  const site = new Site();
  await site.rows.insert('orders', [order('eu', 1, null, { note: 'fine' })]);
  site.run();
  await site.shows('orders', 'searchable');
  await site.shows('copies', 'searchable');
  return site;
}

const change = (site: Site, note: string) => site.rows.update('orders', orderKey('eu', 1), { note });
const long = { timeout: 60_000 };

test(
  'an index that was stopped is told to be, with the reason, inside and outside, until the next start',
  long,
  async () => {
    await using site = await filled();
    await change(site, refused);
    await site.shows('orders', 'stopped');
    expect(site.inside('orders')).toMatchObject({
      complete: true,
      reason: expect.stringContaining('no such note'),
    });
    expect((await site.outside('orders'))?.reason).toBe(site.inside('orders')?.reason);
    expect(site.inside('copies')).toMatchObject({ state: 'searchable', reason: null });

    await site.stop();
    expect(await site.outside('orders')).toMatchObject({ state: 'stopped' });
    await change(site, 'mended');
    site.run();
    await site.shows('orders', 'searchable');
    expect(await site.outside('orders')).toMatchObject({ reason: null });
  },
);

test('where nothing is left to do the run ends, and it is on record nevertheless', long, async () => {
  await using site = new Site();
  await site.rows.insert('orders', [order('eu', 1, null, { note: 'fine' })]);
  site.run(['orders']);
  await site.shows('orders', 'searchable');
  await change(site, refused);
  await site.ended();
  expect(site.failures.join()).toContain('no such note');
  expect(await site.outside('orders')).toMatchObject({ state: 'stopped', writer: null });
});

test('one that was never filled is never said to be complete', long, async () => {
  await using site = new Site();
  await site.rows.insert('orders', [order('eu', 1, null, { note: refused })]);
  site.run();
  await site.shows('orders', 'stopped');
  expect(site.inside('orders')).toMatchObject({ complete: false });
  expect(await site.outside('orders')).toMatchObject({ complete: false });
});
