import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { keyOf } from '../../../test/memory-database.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { makeReferenceQueue } from '../../../test/reference-queue.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { swallowing } from '../../../test/swallowing-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { order, orderKey } from '../../conformance/source/test-rows.ts';
import type { Observer } from '../../contracts/index.ts';
import { runSluice } from './run.ts';
import type { RunResult } from './run-options.ts';

/** A run over a shop in memory, with a sink that is required and an optional one behind a network. */
class Site implements AsyncDisposable {
  readonly #world = new MemoryWorld();
  readonly rows = this.#world.database.source();
  readonly #required = new MemoryStore();
  readonly #optional = new MemoryStore();
  readonly network = swallowing(createReferenceSink(this.#optional, 'versioned'));
  readonly warnings: string[] = [];
  /** Sessions that failed, and were tried again. */
  readonly failures: string[] = [];
  #stop = new AbortController();
  #running: Promise<RunResult> | null = null;

  run(more = ''): void {
    const { signal } = this.#stop;
    const observer: Observer = {
      warning: ({ message }) => this.warnings.push(message),
      retry: ({ what, name, error }) => {
        // A write that is tried again fails no session.
        if (what === 'source' || name !== 'optional') this.failures.push(error.message);
      },
    };
    const sinks = {
      required: createReferenceSink(this.#required, 'versioned'),
      optional: this.network.sink,
    };
    const capture = new MemoryCapture(this.#world);
    const named = { plugin: { name: 'memory', reference: 'memory', options: {} }, capture };
    this.#running = runSluice({
      indexes: [
        {
          schema: shopSchema('shop', more),
          sinks: Object.keys(sinks),
          onReject: 'stop',
          holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
        },
      ],
      capture: { allowed: [named], reopen: async () => named },
      documents: new MemoryDocuments(this.#world.database),
      queue: makeReferenceQueue({ batches: [] }, false),
      sinks: Object.entries(sinks).map(([name, sink]) => ({ name, sink, required: name === 'required' })),
      observers: [observer],
      signal,
      tuning: { optionalPatienceMs: 1_000, probeMs: 300 },
    });
    this.#running.catch((error: unknown) => this.failures.push(String(error)));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#running?.catch(() => undefined);
    this.#running = null;
    this.#stop = new AbortController();
  }

  /** Notes of the orders that users find in a store. */
  #found(store: MemoryStore): readonly string[] {
    const generation = store.aliases.get('orders');
    if (generation === undefined) return [];
    const { hash, number } = generation;
    const { visible, held } = store.indexes.get(`orders/${hash}/${number}`) ?? {
      visible: null,
      held: new Map(),
    };
    const bodies = [...(visible ?? held).values()].flatMap(({ body }) => body ?? []);
    return bodies.map((body) => String(JSON.parse(body).note)).sort();
  }

  async has(which: 'required' | 'optional', notes: readonly string[]): Promise<void> {
    const store = which === 'required' ? this.#required : this.#optional;
    await waitFor(() => this.#found(store).join() === notes.join(), {
      what: `the ${which} sink to have ${notes.join()}`,
      deadlineMs: 40_000,
    });
  }

  /** Resolves when the capture may forget all that was committed before. */
  async acknowledged(): Promise<void> {
    const { length } = this.#world.database.log;
    await waitFor(() => (this.#world.mechanism?.acknowledged ?? 0) >= length, {
      what: 'everything to be acknowledged',
      deadlineMs: 40_000,
    });
  }

  /** Nothing is captured any more, and an order was changed since. */
  changeUnseen(note: string): void {
    this.#world.mechanism?.tables.clear();
    const row = order('eu', 1, null, { note });
    this.#world.database.tables.get('orders')?.set(keyOf('orders', row), row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function filled(): Promise<Site> {
  const site = new Site();
  await site.rows.insert('orders', [
    order('eu', 1, null, { note: 'a' }),
    order('eu', 2, null, { note: 'b' }),
  ]);
  return site;
}

const change = (site: Site, note: string) => site.rows.update('orders', orderKey('eu', 1), { note });

test.concurrent.for([
  'records.list',
  'records.put',
  'generations.exists',
  'ensureIndex',
  'generations.beginBackfill',
  'write',
  'generations.endBackfill',
  'generations.promote',
])(
  'an optional sink that falls silent at the first %s holds up nobody, and is complete when it answers',
  {
    timeout: 60_000,
  },
  async (request) => {
    await using site = await filled();
    site.network.swallowFrom(request);
    site.run();
    await site.has('required', ['a', 'b']);
    await waitFor(() => site.network.silent, { what: `a ${request}` });
    await change(site, 'c');
    await site.has('required', ['b', 'c']);
    await site.acknowledged();
    expect(site.failures).toEqual([]);
    expect(site.warnings).toContainEqual(expect.stringContaining('the optional sink "optional"'));

    site.network.answer();
    await site.has('optional', ['b', 'c']);
    expect(site.failures).toEqual([]);
  },
);

test.concurrent.for([
  ['records.put', (site: Site) => change(site, 'c')],
  ['write', (site: Site) => change(site, 'c')],
  [
    'reader.list',
    async (site: Site) => {
      await site.rows.truncate('orders');
      await site.rows.insert('orders', [
        order('eu', 1, null, { note: 'c' }),
        order('eu', 2, null, { note: 'b' }),
      ]);
    },
  ],
] as const)(
  'an optional sink that falls silent at a %s in the middle holds up nobody, and is reconciled',
  {
    timeout: 60_000,
  },
  async ([request, happens]) => {
    await using site = await filled();
    site.run();
    await site.has('required', ['a', 'b']);
    await site.has('optional', ['a', 'b']);
    site.network.swallowFrom(request);
    await happens(site);
    await site.has('required', ['b', 'c']);
    await waitFor(() => site.network.silent, { what: `a ${request}` });
    await site.rows.delete('orders', orderKey('eu', 2));
    await site.has('required', ['c']);
    await site.acknowledged();
    expect(site.failures).toEqual([]);

    site.network.answer();
    await site.has('optional', ['c']);
    expect(site.failures).toEqual([]);
  },
);

test.concurrent('a former generation that an optional sink does not drop holds up nobody', {
  timeout: 60_000,
}, async () => {
  await using site = await filled();
  site.run();
  await site.has('optional', ['a', 'b']);
  await site.stop();
  site.network.swallowFrom('generations.drop');
  site.run('primary_key: [region, number]');
  await waitFor(() => site.network.silent, { what: 'a drop' });
  await change(site, 'c');
  await site.has('required', ['b', 'c']);
  await site.acknowledged();
  site.network.answer();
  await site.has('optional', ['b', 'c']);
  expect(site.failures).toEqual([]);
});

test.concurrent('an optional sink that was away while tables were not captured misses nothing', {
  timeout: 60_000,
}, async () => {
  await using site = await filled();
  site.run();
  await site.has('optional', ['a', 'b']);
  await site.acknowledged();
  await site.stop();
  site.changeUnseen('c');
  site.network.swallowFrom('records.list');
  site.run();
  await site.has('required', ['b', 'c']);
  site.network.answer();
  await site.has('optional', ['b', 'c']);
  expect(site.failures).toEqual([]);
});
